/** What to do with a push: show it once, and report it. */
import type { PushPayload } from "../types/wire.js";
import { queue } from "./events";
import { remembered } from "./memory";

const REMEMBER_FOR = 30 * 24 * 3600 * 1000; // Web Push services keep a message for at most 30 days.

/**
 * Show a delivery once. The server sends at least once, so a copy of what was shown before is dropped: showing it again,
 * even in place, would count as a dismissal or bring back what the person has put away.
 * @returns false for a copy
 */
export async function showOnce(payload: PushPayload, show: (payload: PushPayload) => Promise<void>): Promise<boolean> {
  const memory = remembered();
  // Where nothing can be remembered, showing twice is better than not at all.
  const first = await memory.add("shown", [[payload.delivery_id, Date.now()]]).catch(() => ["unknown"]);
  if (first.length === 0) return false;
  try {
    await show(payload);
  } catch (error) {
    await memory.delete("shown", [payload.delivery_id]).catch(() => undefined);
    throw error;
  }
  await memory.prune("shown", Date.now() - REMEMBER_FOR).catch(() => undefined);
  return true;
}

/** Queue what happened to a push. Its receipt stands in for a key. */
export async function note(
  payload: PushPayload,
  kinds: ("received" | "displayed" | "opened" | "clicked" | "dismissed")[],
  actionId?: string,
): Promise<void> {
  const at = new Date().toISOString();
  await queue(
    kinds.map((kind) => {
      const action = kind === "clicked" && actionId ? actionId : undefined;
      const event_id = [kind, payload.delivery_id, action].filter(Boolean).join(":");
      return { event_id, kind, at, receipt: payload.receipt, ...(action && { action_id: action }) };
    }),
  );
}
