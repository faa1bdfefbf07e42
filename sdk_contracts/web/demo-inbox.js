/** Draws the inbox of the demo page, and does what its buttons say. */
import { current, text, translate } from "./demo-texts.js";

const element = (id) => document.getElementById(id);
const FIRST_PAGE = 10;
const SECONDS_BETWEEN_LOOKS = 10;

export class InboxView {
  #fanfare;
  #complain;
  #answering;
  #stop = () => {};
  #limit = FIRST_PAGE;
  #page = { items: [], next_cursor: null, unread: 0 };

  /**
   * @param {import("./fanfare.js").Fanfare} fanfare
   * @param {{complain: (error: Error) => void, answering: (yes: boolean) => void}} listeners `answering` hears whether
   *   the API answered the last look
   */
  constructor(fanfare, { complain, answering }) {
    this.#fanfare = fanfare;
    this.#complain = complain;
    this.#answering = answering;
    element("read-all").onclick = () => this.#try(() => fanfare.inbox.readAll());
    element("inbox-more").onclick = () => {
      this.#limit = Math.min(100, this.#limit * 2);
      this.watch();
    };
  }

  /** Follow the inbox from now on. */
  watch() {
    this.#stop();
    this.#setState("loading");
    const options = { limit: this.#limit, seconds: SECONDS_BETWEEN_LOOKS };
    this.#stop = this.#fanfare.inbox.watch(({ page }) => {
      if (page) this.#page = page;
      if (page) this.draw();
      else this.#setState("away");
      this.#answering(Boolean(page));
    }, options);
  }

  /** Stop following, and show nothing. */
  close() {
    this.#stop();
    this.#page = { items: [], next_cursor: null, unread: 0 };
    this.draw();
    this.#setState("waiting");
  }

  draw() {
    const { items, next_cursor: more, unread } = this.#page;
    element("inbox-items").replaceChildren(...items.map((item) => this.#drawItem(item)));
    element("inbox").dataset.unread = String(unread);
    element("unread").hidden = unread === 0;
    element("unread").textContent = text("unread", { count: unread });
    element("read-all").hidden = unread === 0;
    element("inbox-more").hidden = !more || this.#limit === 100;
    this.#setState(items.length > 0 ? "items" : "empty");
  }

  /** The words again, in another language. */
  redraw() {
    const { inbox: state } = element("inbox").dataset;
    if (state === "items" || state === "empty") this.draw();
    else this.#setState(state);
  }

  #setState(state) {
    element("inbox").dataset.inbox = state;
    element("inbox-status").hidden = state === "items";
    element("inbox-status").textContent = state === "items" ? "" : text(`inbox_${state}`);
  }

  #drawItem(item) {
    const row = element("item-template").content.cloneNode(true).firstElementChild;
    Object.assign(row.dataset, { itemId: item.id, campaignId: item.campaign_id, read: String(item.read_at !== null) });
    row.querySelector("h3").textContent = item.title;
    row.querySelector(".body").textContent = item.body;
    const time = row.querySelector("time");
    time.dateTime = item.created_at;
    time.textContent = new Date(item.created_at).toLocaleString(current(), { dateStyle: "medium", timeStyle: "short" });
    const picture = row.querySelector(".picture");
    if (item.image_url) [picture.src, picture.hidden] = [item.image_url, false];
    row.querySelector(".links").append(...this.#links(item));
    translate(row);
    row.querySelector("[data-do=read]").hidden = item.read_at !== null;
    row.addEventListener("click", (event) => this.#press(item, event.target.closest("[data-do]")?.dataset.do));
    return row;
  }

  #links(item) {
    const everywhere = [{ id: undefined, label: "", link: item.link }, ...item.actions];
    const toTheWeb = everywhere.filter(({ link }) => URL.canParse(link ?? "") && /^https?:/i.test(link));
    return toTheWeb.map((each) => {
      const anchor = document.createElement("a");
      const label = each.label || text("open_link", { host: new URL(each.link).host });
      Object.assign(anchor, { href: each.link, textContent: label, target: "_blank", rel: "noopener noreferrer" });
      anchor.addEventListener("click", () => this.#follow(item, each.id));
      return anchor;
    });
  }

  #follow(item, actionId) {
    this.#try(() => this.#fanfare.report("clicked", item.delivery_id, actionId && { action_id: actionId }));
    if (!item.read_at) this.#press(item, "read");
  }

  #press(item, what) {
    if (what === "read") this.#try(() => this.#fanfare.report("opened", item.delivery_id));
    if (what === "delete") this.#try(() => this.#fanfare.inbox.remove(item.id));
    else if (what) this.#try(() => this.#fanfare.inbox.mark(item.id, what));
  }

  async #try(work) {
    try {
      await work();
    } catch (error) {
      this.#complain(error);
    }
  }
}
