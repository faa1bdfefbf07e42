/** This installation as the server knows it: its id, its device key, and calls made in its name. */
import "./fanfare-core.js";

const core = globalThis.FanfareCore;

/** @typedef {{body?: unknown, headers?: Record<string, string>, raw?: boolean}} CallOptions */

export class Device {
  /** @type {Installation} */ #installation;

  /** @param {Installation} installation */
  constructor(installation) {
    this.#installation = installation;
  }

  /**
   * The installation remembered in this browser, or a new one. What belongs to another app or server is forgotten.
   * @param {string} api
   * @param {string} key publishable key
   * @param {string} [icon]
   */
  static async recall(api, key, icon) {
    const known = await core.recall();
    if (known?.api === api && known.key === key) {
      const device = new Device(known);
      await device.remember({ icon });
      return device;
    }
    if (known) await forget();
    const device = new Device({ api, key, icon, installationId: crypto.randomUUID() });
    await device.remember({});
    return device;
  }

  /** Everything remembered; the device key is not to be shown to anybody. */
  get installation() {
    return this.#installation;
  }

  get registered() {
    return this.#installation.deviceKey !== undefined;
  }

  /** @param {Partial<Installation>} change */
  async remember(change) {
    this.#installation = { ...this.#installation, ...change };
    await core.remember(this.#installation);
  }

  /**
   * Register, proving with the device key that a known installation is ours. Where the server does not take the proof
   * (the answer with the key was lost, or the device was removed), begin anew under another id.
   * @param {Record<string, unknown>} about what the installation says of itself
   */
  async enrol(about) {
    const { installationId, deviceKey, personId, externalId } = this.#installation;
    try {
      const answer = await this.#register(about, installationId, deviceKey);
      const same = answer.personId === personId;
      await this.remember({ ...answer, externalId: same ? externalId : undefined });
      return;
    } catch (error) {
      const unknown = error.status === 409 || (deviceKey && [401, 403, 404].includes(error.status));
      if (!unknown) throw error;
    }
    const answer = await this.#register(about, crypto.randomUUID()); // Only when this works is the old one forgotten.
    await this.remember({ ...answer, externalId: undefined });
  }

  /** @param {Record<string, unknown>} about @param {string} installationId @param {string} [deviceKey] */
  async #register(about, installationId, deviceKey) {
    const { api, key } = this.#installation;
    const response = await core.call(api, "POST", "/v1/devices", {
      key,
      body: { installation_id: installationId, ...about },
      headers: deviceKey ? { "Fanfare-Device": deviceKey } : {},
    });
    const { device_id: deviceId, device_token: newKey, person_id: personId } = await response.json();
    return { installationId, deviceId, deviceKey: newKey, personId };
  }

  /**
   * Call with the publishable key.
   * @param {string} path
   */
  async read(path) {
    const { api, key } = this.#installation;
    return (await core.call(api, "GET", path, { key })).json();
  }

  /**
   * Call with the device key.
   * @param {string} method
   * @param {string} path
   * @param {CallOptions} [options] `raw` gives the Response itself
   */
  async call(method, path, { raw, ...options } = {}) {
    const { api, deviceKey } = this.#installation;
    if (!deviceKey) throw new core.FanfareError(401, "This installation is not registered yet: call register() first.");
    const response = await core.call(api, method, path, { key: deviceKey, ...options });
    if (raw) return response;
    return response.status === 204 ? undefined : response.json();
  }

  /** Forget everything here, and begin anew as another installation. */
  async reset() {
    const { api, key, icon } = this.#installation;
    await forget();
    this.#installation = { api, key, icon, installationId: crypto.randomUUID() };
    await this.remember({});
  }
}

/** Give the address back to the browser and forget the installation. */
async function forget() {
  const worker = await navigator.serviceWorker?.getRegistration();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
  await core.forget();
}
