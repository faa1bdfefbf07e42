/** This installation as the server knows it: its id, its device key, and calls made in its name. */
import type { DeviceRegistration } from "../types/wire.js";
import { type CallOptions } from "./calls";
import { type Installation } from "./memory";
/** What an installation says of itself. */
export type Description = Omit<DeviceRegistration, "installation_id">;
export declare class Device {
    #private;
    private constructor();
    /** The installation remembered in this browser, or a new one. What belongs to another app or server is forgotten. */
    static recall(api: string, key: string, icon?: string): Promise<Device>;
    /** Everything remembered; the device key is not to be shown to anybody. */
    get installation(): Installation;
    get registered(): boolean;
    remember(change: Partial<Installation>): Promise<void>;
    /**
     * Register, proving with the device key that a known installation is ours. Where the server does not take the proof
     * (the answer with the key was lost, or the device was removed), begin anew under another id.
     */
    enrol(about: Description): Promise<void>;
    /** Call with the publishable key. */
    read<T>(path: string): Promise<T>;
    /** Call with the device key. */
    call(method: string, path: string, options?: CallOptions): Promise<Response>;
    /** Call with the device key, and decode the answer. */
    ask<T>(method: string, path: string, body?: unknown): Promise<T>;
    /** Forget everything here, and begin anew as another installation. */
    reset(): Promise<void>;
}
