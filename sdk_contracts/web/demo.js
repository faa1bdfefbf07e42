/** The demo page: one person subscribes their own browser and sees pushes and the inbox arrive. */
import { Fanfare, FanfareError, PushUnavailable } from "./fanfare.js";
import { InboxView } from "./demo-inbox.js";
import { choose, current, text, translate } from "./demo-texts.js";

const element = (id) => document.getElementById(id);
const demo = element("demo");
const KEY = "fanfare-demo-key";
const LOOK_AGAIN = 4_000; // Milliseconds, on average, while the API is away.
const LONGEST_LOG = 100;

/** @type {Fanfare | undefined} */
let fanfare;
/** @type {InboxView | undefined} */
let inbox;
/** The next try while the API is away. */
let retry = 0;
let appName = "";
/** The last thing said in each status line, to say it again in another language. */
const said = new Map();

// --- Saying things ----------------------------------------------------------------------------------------------

/** @param {string} id @param {string} [name] of the text; none hides the line */
function say(id, name, values = {}) {
  said.set(id, [name, values]);
  element(id).hidden = !name;
  element(id).textContent = name ? text(name, values) : "";
}

/** @param {Error} error */
const complain = (error) => say("person-status", "failed", { detail: error.message });

/** @param {string} state one of none, connecting, ready, refused, away */
function setConnection(state, values) {
  demo.dataset.connection = state;
  say("connection", state === "none" ? undefined : state, values);
  element("connect").disabled = state === "connecting";
  for (const section of document.querySelectorAll("[data-needs-connection]")) section.inert = state !== "ready";
  element("bell").hidden = state === "none" || state === "refused" || !fanfare?.registered;
}

/** @param {string} state see `push_…` in the texts */
function setPush(state) {
  demo.dataset.push = state;
  say("push-status", `push_${state}`);
  say("push-chip", `chip_${state}`);
  element("subscribe").hidden = ["on", "denied", "unsupported", "insecure"].includes(state);
  element("subscribe").disabled = state === "asking";
  element("unsubscribe").hidden = state !== "on";
}

/** @param {string} what @param {{delivery_id?: string, title?: string, body?: string}} [payload] */
function log(what, payload = {}) {
  const row = document.createElement("li");
  row.dataset.event = what;
  if (payload.delivery_id) row.dataset.deliveryId = payload.delivery_id;
  const time = document.createElement("time");
  time.dateTime = new Date().toISOString();
  time.textContent = new Date().toLocaleTimeString(current());
  const label = document.createElement("span");
  label.dataset.text = `log_${what}`;
  const title = document.createElement("strong");
  title.textContent = payload.title ?? "";
  row.append(time, label, title);
  translate(row);
  element("log").prepend(row);
  if (element("log").children.length > LONGEST_LOG) element("log").lastElementChild.remove();
  element("log-empty").hidden = true;
}

function showIdentity() {
  const { deviceId, personId, externalId } = fanfare?.identity ?? {};
  element("device-id").textContent = deviceId ?? "–";
  element("person-id").textContent = personId ?? "–";
  demo.dataset.deviceId = deviceId ?? "";
  demo.dataset.externalId = externalId ?? "";
  element("person-form").hidden = Boolean(externalId);
  element("person").hidden = !externalId;
  element("person-name").textContent = externalId ?? "";
}

// --- Doing things -----------------------------------------------------------------------------------------------

/** @param {string} key */
async function connect(key) {
  clearTimeout(retry);
  setConnection("connecting");
  try {
    fanfare ??= await begin(key);
    ({ name: appName } = await fanfare.app());
    const known = fanfare.registered;
    await fanfare.register();
    localStorage.setItem(KEY, key);
    setConnection("ready", { name: appName });
    if (!known) log("registered");
    setPush(await fanfare.pushState());
    await showPerson();
    inbox.watch();
  } catch (error) {
    if (!(error instanceof FanfareError)) throw error;
    setConnection(error.temporary ? "away" : "refused", { detail: error.message });
    if (error.temporary) retry = setTimeout(() => connect(key), LOOK_AGAIN * (0.5 + Math.random()));
    else fanfare = undefined;
  }
}

/** @param {string} key */
async function begin(key) {
  const options = { api: location.origin, key, worker: "/sdk/fanfare-worker.js", icon: "/sdk/icon.png" };
  const started = await Fanfare.start(options);
  started.addEventListener("notification", ({ detail }) => log(detail.what, detail.payload));
  inbox?.close();
  inbox = new InboxView(started, { complain, answering });
  element("bell").fanfare = started;
  return started;
}

/** The API went away, or came back, while connected. @param {boolean} yes */
function answering(yes) {
  if (fanfare?.registered) setConnection(yes ? "ready" : "away", { name: appName });
}

async function showPerson() {
  showIdentity();
  const [preferences, device] = await Promise.all([fanfare.preferences(), fanfare.device()]);
  element("consent").checked = preferences.consent?.promotion ?? false;
  for (const box of document.querySelectorAll("[name=topic]")) box.checked = device.topics.includes(box.value);
}

async function subscribe() {
  setPush("asking");
  try {
    await fanfare.subscribe();
    showIdentity();
    log("subscribed");
    setPush("on");
  } catch (error) {
    setPush(error instanceof PushUnavailable ? error.reason : await fanfare.pushState());
    if (!(error instanceof PushUnavailable)) complain(error);
  }
}

async function unsubscribe() {
  await fanfare.unsubscribe();
  log("unsubscribed");
  setPush(await fanfare.pushState());
}

async function uninstall() {
  await fanfare.uninstall();
  localStorage.removeItem(KEY);
  inbox.close();
  element("bell").fanfare = undefined;
  fanfare = undefined;
  log("removed");
  showIdentity();
  setPush("unknown");
  setConnection("none");
}

/** Do what a control says, and tell how it went. @param {() => Promise<unknown>} work */
async function save(work) {
  try {
    await work();
    await showPerson();
    say("person-status", "saved");
  } catch (error) {
    complain(error);
  }
}

// --- Wiring -----------------------------------------------------------------------------------------------------

element("connect-form").addEventListener("submit", (event) => {
  event.preventDefault();
  fanfare = undefined;
  connect(element("key").value.trim());
});
element("subscribe").addEventListener("click", subscribe);
element("unsubscribe").addEventListener("click", () => unsubscribe().catch(complain));
element("uninstall").addEventListener("click", () => uninstall().catch(complain));
element("person-form").addEventListener("submit", (event) => {
  event.preventDefault();
  save(() => fanfare.login(element("external-id").value));
});
element("log-out").addEventListener("click", () => save(() => fanfare.logout()));
element("consent").addEventListener("change", ({ target }) =>
  save(() => fanfare.consent(target.checked, { source: "demo page", text: text("consent") })),
);
for (const box of document.querySelectorAll("[name=topic]")) {
  box.addEventListener("change", () => save(() => (box.checked ? fanfare.follow(box.value) : fanfare.unfollow(box.value))));
}
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    choose(button.dataset.language);
    showLanguage();
  });
}

function showLanguage() {
  document.documentElement.lang = current();
  element("bell").lang = current();
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === current()));
  }
  translate(document);
  for (const [id, [name, values]] of said) say(id, name, values);
  if (inbox) inbox.redraw();
  else element("inbox-status").textContent = text("inbox_waiting");
}

setConnection("none");
setPush("unknown");
showLanguage();
const key = new URLSearchParams(location.search).get("key") ?? localStorage.getItem(KEY);
if (key) {
  element("key").value = key;
  connect(key);
}
