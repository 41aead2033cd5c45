"use strict";
(() => {
  const all = [...document.querySelectorAll("details")];
  const open = (el) => { for (let d = el && el.closest("details"); d; d = d.parentElement.closest("details")) d.open = true; };
  const goTo = () => { const el = document.getElementById(decodeURIComponent(location.hash.slice(1))); if (el) { open(el); el.scrollIntoView(); } };
  addEventListener("hashchange", goTo); goTo();
  const button = document.getElementById("all");
  if (button) {
    const tell = () => { button.textContent = all.every((d) => d.open) ? button.dataset.close : button.dataset.open; };
    button.hidden = false; tell();
    button.addEventListener("click", () => { const to = !all.every((d) => d.open); all.forEach((d) => { d.open = to; }); tell(); });
  }
  let closed = [];
  addEventListener("beforeprint", () => { closed = all.filter((d) => !d.open); closed.forEach((d) => { d.open = true; }); });
  addEventListener("afterprint", () => { closed.forEach((d) => { d.open = false; }); });
  document.querySelectorAll("svg g > title").forEach((t) => { t.parentNode.dataset.v = t.textContent; t.remove(); }); // shown below, at once
  const tip = document.createElement("div"); tip.id = "tip"; tip.hidden = true; document.body.append(tip);
  addEventListener("pointermove", (e) => {
    const g = e.target.closest && e.target.closest("[data-v]");
    tip.hidden = !g;
    if (!g) return;
    const panel = g.closest("[data-y]"), [value, at] = g.dataset.v.split(" · ");
    tip.textContent = panel ? `${panel.dataset.y}\n${value}\n${panel.dataset.x}: ${at}` : g.dataset.v;
    tip.style.left = Math.min(e.clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = e.clientY + 14 + "px";
  });
})();
