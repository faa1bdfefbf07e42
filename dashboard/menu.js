// Streamlit sends what was typed into a field a moment after the field is left, and the click on its menu at once. Where
// one act is both, the text arrives last, with the page it was typed on, and the menu's page is gone again. So a click on
// the menu that comes right after a field was left waits for the text to go first.
(() => {
  if (window.fanfareMenu) return;
  window.fanfareMenu = true;
  const RIGHT_AFTER = 400, WAIT = 80;
  let left = -Infinity, letThrough = false;
  document.addEventListener("focusout", event => {
    if (event.target.matches("input, textarea, [contenteditable]")) left = performance.now();
  }, true);
  document.addEventListener("click", event => {
    const link = event.target.closest?.('[data-testid="stSidebarNav"] a');
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || letThrough || performance.now() - left > RIGHT_AFTER) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const go = () => {
      letThrough = true;
      link.click();
      letThrough = false;
    };
    // The page is painted once between two frames; only then does Streamlit take in that the field was left.
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(go, WAIT)));
  }, true);
})();
