/** Written by `python -m api.export` from the wire contracts; change those, not this. Times are RFC 3339 in UTC. */

export type EventKind = "acknowledged" | "clicked" | "converted" | "dismissed" | "displayed" | "opened" | "received";

export type Platform = "android" | "ios" | "web";

export type Address = FcmToken | FcmFid | WebPush;

export interface ActionView {
  id: string;
  label: string;
  link?: string | null;
}

/** What kind of address a device has; the address itself is never given out again. */
export interface AddressView {
  kind: string;
  confirmed_at: string;
}

export interface CategoryPreference {
  push?: boolean;
  inbox?: boolean;
  email?: boolean;
}

/** Whether the person agreed to promotion, since when, how they said so and to which text. */
export interface Consent {
  promotion: boolean;
  at: string;
  source?: string | null;
  text?: string | null;
}

export interface Device {
  device_id: string;
  person_id: string;
  external_id: string | null;
  installation_id: string;
  platform: string;
  address: AddressView | null;
  opted_in: boolean;
  locale: string | null;
  timezone: string | null;
  app_version: string | null;
  os_version: string | null;
  model: string | null;
  tags: Record<string, string | number | boolean>;
  topics: string[];
  created_at: string;
  last_seen_at: string;
}

/** A part of a device to change; what is left out stays, `null` clears. */
export interface DeviceChange {
  address?: Address | null;
  opted_in?: boolean;
  locale?: string | null;
  timezone?: string | null;
  app_version?: string | null;
  os_version?: string | null;
  model?: string | null;
  tags?: Record<string, string | number | boolean>;
  topics?: string[];
}

/** What an installation says about itself when it registers. */
export interface DeviceRegistration {
  installation_id: string;
  platform: Platform;
  address?: Address | null;
  opted_in?: boolean;
  locale?: string | null;
  timezone?: string | null;
  app_version?: string | null;
  os_version?: string | null;
  model?: string | null;
  tags?: Record<string, string | number | boolean>;
  topics?: string[];
}

/** One thing that happened to one delivery. `receipt` stands in for the device key.

    With a `name` and neither, under a device key, a `converted` is something the person did by themselves: it sets
    campaigns off that have it in their `trigger`, and counts for campaigns with a `conversion` that had reached them.
    The name `app_open` says that they came to the app: send it once in half an hour at most. */
export interface Event {
  event_id: string;
  kind: EventKind;
  at: string;
  delivery_id?: string | null;
  receipt?: string | null;
  action_id?: string | null;
  name?: string | null;
  value?: number | null;
  currency?: string | null;
}

export interface EventBatch {
  events: Event[];
}

/** Stored for good. `duplicates` had been stored before and changed nothing. */
export interface EventsAccepted {
  accepted: number;
  duplicates: number;
  rejected: RejectedEvent[];
}

/** A Firebase installation id, which takes over from registration tokens. */
export interface FcmFid {
  kind: "fcm_fid";
  fid: string;
}

/** An FCM registration token. */
export interface FcmToken {
  kind: "fcm_token";
  token: string;
}

export interface FieldError {
  pointer: string;
  detail: string;
}

/** The data of a stream's `summary`, which comes first and whenever the numbers change. */
export interface InboxChanged {
  unread: number;
  unseen: number;
  reload: boolean;
}

export interface InboxItem {
  id: string;
  campaign_id: string;
  delivery_id: string;
  kind: string;
  category: string | null;
  title: string;
  body: string;
  image_url: string | null;
  link: string | null;
  actions: ActionView[];
  data: Record<string, string>;
  created_at: string;
  expires_at: string | null;
  seen_at: string | null;
  read_at: string | null;
  archived_at: string | null;
  acknowledged_at: string | null;
  highlighted?: boolean;
}

export interface InboxPage {
  items: InboxItem[];
  next_cursor: string | null;
  unread: number;
}

/** The data of a stream's `removed`: deleted, expired or withdrawn. `item` and `changed` carry the whole item. */
export interface InboxRemoved {
  id: string;
}

export interface InboxSummary {
  unread: number;
  unseen: number;
}

export interface LoggedIn {
  person_id: string;
  external_id: string | null;
}

/** Who uses this installation. `signature` is hex HMAC-SHA256(identity secret, external_id). */
export interface Login {
  external_id: string;
  signature?: string | null;
}

/** A person's preferences. A category that is absent is not muted anywhere. */
export interface Preferences {
  categories: Record<string, CategoryPreference>;
  consent: Consent | null;
  quiet_hours: QuietHours | null;
}

/** What to change; categories that are not named stay as they are. */
export interface PreferencesChange {
  categories?: Record<string, CategoryPreference>;
  consent?: Consent | null;
  quiet_hours?: QuietHours | null;
}

/** RFC 9457 problem details, served as `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: FieldError[];
}

export interface PublicSettings {
  app_id: string;
  name: string;
  vapid_public_key: string;
  categories: string[];
}

/** What a push carries to the SDK, as JSON (Web Push) or as string data values (FCM). */
export interface PushPayload {
  delivery_id: string;
  receipt: string;
  title: string;
  body?: string;
  image_url?: string | null;
  link?: string | null;
  actions?: ActionView[];
  data?: Record<string, string>;
  collapse_key?: string | null;
  silent?: boolean;
  icon_url?: string | null;
  badge_url?: string | null;
  require_interaction?: boolean;
  badge?: number | null;
}

/** Wall-clock hours, in the person's own time zone, in which promotion waits. */
export interface QuietHours {
  from: string;
  to: string;
}

/** The answer to a registration. `device_token` is the device key, shown this once. */
export interface Registered {
  device_id: string;
  device_token: string;
  person_id: string;
}

export interface RejectedEvent {
  index: number;
  detail: string;
}

/** A PushSubscription (W3C Push API): where to send and how to encrypt (RFC 8291). */
export interface WebPush {
  kind: "web_push";
  endpoint: string;
  p256dh: string;
  auth: string;
}
