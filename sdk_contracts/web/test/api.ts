/** A stand-in for the API: every test says what is answered. */
import "fake-indexeddb/auto";

export interface Call {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: any;
}

export const calls: Call[] = [];
let answering: (call: Call) => Response | Promise<Response> = () => json({});

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(status === 204 || status === 304 ? null : JSON.stringify(body), { status, headers });
}

/** From now on, answer like this; what was called before is forgotten. */
export function answer(how: (call: Call) => Response | Promise<Response>): void {
  calls.length = 0;
  answering = how;
}

globalThis.fetch = async (url, { method = "GET", headers, body } = {}) => {
  const call = {
    method,
    path: new URL(String(url)).pathname + new URL(String(url)).search,
    headers: (headers ?? {}) as Record<string, string>,
    body: body ? JSON.parse(String(body)) : undefined,
  };
  calls.push(call);
  return answering(call);
};

/** The first answer that is true. */
export async function eventually<T>(question: () => T, what: string): Promise<NonNullable<T>> {
  for (let tries = 0; tries < 1000; tries += 1) {
    const found = question();
    if (found) return found as NonNullable<T>;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited for ${what}`);
}
