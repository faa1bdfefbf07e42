/** This installation as the server knows it: its id, its device key, and calls made in its name. */
import type { DeviceRegistration, Registered } from "../types/wire.js";
import { call, type CallOptions } from "./calls";
import { FanfareError } from "./errors";
import { forget, type Installation, recall, remember } from "./memory";

/** What an installation says of itself. */
export type Description = Omit<DeviceRegistration, "installation_id">;

export class Device {
  #installation: Installation;

  private constructor(installation: Installation) {
    this.#installation = installation;
  }

  /** The installation remembered in this browser, or a new one. What belongs to another app or server is forgotten. */
  static async recall(api: string, key: string, icon?: string): Promise<Device> {
    const known = await recall();
    if (known?.api === api && known.key === key) {
      const device = new Device(known);
      await device.remember({ icon });
      return device;
    }
    if (known) await leave();
    const device = new Device({ api, key, icon, installationId: crypto.randomUUID() });
    await device.remember({});
    return device;
  }

  /** Everything remembered; the device key is not to be shown to anybody. */
  get installation(): Installation {
    return this.#installation;
  }

  get registered(): boolean {
    return this.#installation.deviceKey !== undefined;
  }

  async remember(change: Partial<Installation>): Promise<void> {
    this.#installation = { ...this.#installation, ...change };
    await remember(this.#installation);
  }

  /**
   * Register, proving with the device key that a known installation is ours. Where the server does not take the proof
   * (the answer with the key was lost, or the device was removed), begin anew under another id.
   */
  async enrol(about: Description): Promise<void> {
    const { installationId, deviceKey, personId, externalId } = this.#installation;
    try {
      const answer = await this.#register(about, installationId, deviceKey);
      const same = answer.personId === personId;
      await this.remember({ ...answer, externalId: same ? externalId : undefined });
      return;
    } catch (error) {
      const status = error instanceof FanfareError ? error.status : 0;
      const unknown = status === 409 || (deviceKey && [401, 403, 404].includes(status));
      if (!unknown) throw error;
    }
    const answer = await this.#register(about, crypto.randomUUID()); // Only when this works is the old one forgotten.
    await this.remember({ ...answer, externalId: undefined });
  }

  async #register(about: Description, installationId: string, deviceKey?: string): Promise<Partial<Installation>> {
    const { api, key } = this.#installation;
    const response = await call(api, "POST", "/v1/devices", {
      key,
      body: { installation_id: installationId, ...about },
      headers: deviceKey ? { "Fanfare-Device": deviceKey } : {},
    });
    const answer = (await response.json()) as Registered;
    return { installationId, deviceId: answer.device_id, deviceKey: answer.device_token, personId: answer.person_id };
  }

  /** Call with the publishable key. */
  async read<T>(path: string): Promise<T> {
    const { api, key } = this.#installation;
    return (await call(api, "GET", path, { key })).json();
  }

  /** Call with the device key. */
  async call(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    const { api, deviceKey } = this.#installation;
    if (!deviceKey) throw new FanfareError(401, "This installation is not registered yet: call register() first.");
    return call(api, method, path, { ...options, key: deviceKey });
  }

  /** Call with the device key, and decode the answer. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    return (await this.call(method, path, { body })).json();
  }

  /** Forget everything here, and begin anew as another installation. */
  async reset(): Promise<void> {
    const { api, key, icon } = this.#installation;
    await leave();
    this.#installation = { api, key, icon, installationId: crypto.randomUUID() };
    await this.remember({});
  }
}

/** Give the address back to the browser and forget the installation. */
async function leave(): Promise<void> {
  const worker = await globalThis.navigator?.serviceWorker?.getRegistration();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
  await forget();
}
