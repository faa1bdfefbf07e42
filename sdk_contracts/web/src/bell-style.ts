/** How the bell looks. Everything a site may want to change is a custom property or a part. */
export const STYLE = `
:host {
  --_accent: var(--fanfare-accent, light-dark(#4338ca, #a5b4fc));
  --_on-accent: var(--fanfare-on-accent, light-dark(#fff, #1e1b4b));
  --_surface: var(--fanfare-surface, light-dark(#fff, #1d1b2b));
  --_text: var(--fanfare-text, light-dark(#1c1b2e, #eceaf7));
  --_muted: var(--fanfare-muted, light-dark(#5c5a72, #aeabc6));
  --_line: var(--fanfare-line, light-dark(#dfdcec, #37344b));
  --_unread: var(--fanfare-unread, light-dark(#eef0ff, #28264a));
  --_radius: var(--fanfare-radius, 0.9rem);
  position: relative; display: inline-block; color: var(--_text);
  font: var(--fanfare-font, 1rem/1.5 system-ui, sans-serif);
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
h2, h3, p, ul { margin: 0; padding: 0; }
ul { list-style: none; }
button, a.open { font: inherit; color: inherit; }
button { cursor: pointer; border: 1px solid var(--_line); border-radius: 0.6rem; background: none; min-height: 2rem; padding: 0.15rem 0.6rem; }
button:hover { border-color: var(--_accent); }
:focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.bell { position: relative; display: grid; place-items: center; width: 2.75rem; height: 2.75rem; padding: 0; border-radius: 50%; border-color: transparent; }
.bell svg { width: 1.5rem; height: 1.5rem; }
.badge { position: absolute; inset-block-start: 0; inset-inline-end: 0; min-width: 1.25rem; padding: 0 0.3rem; border-radius: 1rem;
  background: var(--_accent); color: var(--_on-accent); font-size: 0.75rem; line-height: 1.25rem; font-weight: 700; text-align: center; }
.panel { position: absolute; inset-block-start: calc(100% + 0.4rem); inset-inline-end: 0; z-index: var(--fanfare-layer, 1000);
  display: flex; flex-direction: column; width: min(var(--fanfare-width, 24rem), calc(100vw - 1rem)); max-height: min(36rem, 75vh);
  border: 1px solid var(--_line); border-radius: var(--_radius); background: var(--_surface); box-shadow: 0 0.8rem 2.5rem #0004; animation: drop 0.16s ease-out; }
:host([placement="start"]) .panel { inset-inline: 0 auto; }
@keyframes drop { from { opacity: 0; translate: 0 -0.4rem; } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; scroll-behavior: auto !important; } }
@media (max-width: 30rem) { .panel, :host([placement="start"]) .panel { position: fixed; inset: auto 0.5rem 0.5rem; width: auto; } }
header { display: flex; align-items: center; gap: 0.5rem; padding: 0.7rem 0.9rem; border-block-end: 1px solid var(--_line); }
h2 { flex: 1; font-size: 1.05rem; }
.close { border-color: transparent; font-size: 1.2rem; line-height: 1; }
.notice { padding: 0.5rem 0.9rem; background: var(--_unread); font-size: 0.88rem; }
.scroll { overflow-y: auto; overscroll-behavior: contain; }
.empty { padding: 2rem 1rem; color: var(--_muted); text-align: center; }
li { padding: 0.75rem 0.9rem; border-block-end: 1px solid var(--_line); }
li.unread { background: var(--_unread); }
li.highlighted { border-inline-start: 0.3rem solid var(--_accent); }
.mark { display: inline-block; padding: 0 0.45rem; border-radius: 0.6rem; background: var(--_accent); color: var(--_on-accent); font-size: 0.75rem; font-weight: 700; }
.open { display: block; width: 100%; padding: 0; border: 0; border-radius: 0.3rem; text-align: start; text-decoration: none; }
.open:hover strong { text-decoration: underline; }
strong { overflow-wrap: anywhere; }
li.unread strong::before { content: ""; display: inline-block; width: 0.55rem; height: 0.55rem; margin-inline-end: 0.45rem; border-radius: 50%; background: var(--_accent); }
.body { display: block; overflow-wrap: anywhere; white-space: pre-line; }
time { color: var(--_muted); font-size: 0.8rem; }
img { display: block; max-width: 100%; max-height: 12rem; margin-block-start: 0.5rem; border-radius: 0.5rem; }
.tools { display: flex; flex-wrap: wrap; gap: 0.35rem; margin-block-start: 0.5rem; font-size: 0.82rem; }
.tools a { align-self: center; color: var(--_accent); font-weight: 600; }
.more { display: block; margin: 0.7rem auto; }
@media (forced-colors: active) { .badge, .panel { border: 1px solid; } li.unread strong { text-decoration: underline; } }
`;

export const SHAPE = `
<button type="button" class="bell" part="button" aria-haspopup="dialog" aria-expanded="false" aria-controls="panel">
  <slot name="icon"><svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M6 9a6 6 0 0 1 12 0c0 6 2.5 7 2.5 8h-17C3.5 16 6 15 6 9Z"/><path d="M10 20.5a2.2 2.2 0 0 0 4 0"/></svg></slot>
  <span class="badge" part="badge" aria-hidden="true" hidden></span>
</button>
<div class="sr" role="status" aria-live="polite"></div>
<section class="panel" id="panel" part="panel" role="dialog" aria-labelledby="heading" tabindex="-1" hidden>
  <header part="header">
    <h2 id="heading" part="heading"></h2>
    <button type="button" data-do="read-all" part="action"></button>
    <button type="button" class="close" data-do="close" part="close">×</button>
  </header>
  <p class="notice" part="notice" hidden></p>
  <div class="scroll">
    <ul part="list" role="list"></ul>
    <p class="empty" part="empty"></p>
    <button type="button" class="more" data-do="more" part="action"></button>
  </div>
</section>
`;
