// Makes a report live: plots, the flip-book, and tables that sort. Without it all is there to be read.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // ------------------------------------------------------------ plots
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  function tell(event, text) {
    tip.hidden = !text;
    if (tip.hidden) return;
    tip.textContent = text;
    const box = tip.getBoundingClientRect();
    const left = Math.min(event.clientX + 12, innerWidth - box.width - 8);
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, event.clientY - box.height - 10)}px`;
  }

  async function enliven(place) {
    const spec = JSON.parse(document.getElementById(`spec-${place.dataset.plot}`).textContent);
    const drawn = document.createElement("div");
    drawn.setAttribute("aria-hidden", "true");  // the place itself is described
    const width = Math.max(280, place.clientWidth);
    let near = null;  // what Vega tells of a mark; of a line only close to one of its points
    const made = await vegaEmbed(drawn, { ...spec, width }, {
      mode: "vega-lite", ast: true, renderer: "svg", actions: false, defaultStyle: false,
      logLevel: 1, tooltip: (_handler, _event, _item, text) => { near = text; },
      loader: { load: () => Promise.reject(new Error("nothing is loaded")) },
    });
    made.view.addEventListener("pointermove", (event, item) => {
      const known = item && item.datum ? item.datum.run || item.tooltip : null;
      tell(event, near || known);
    });
    made.view.addEventListener("pointerout", (event) => tell(event, null));
    place.replaceChildren(drawn);
    place.classList.add("live");
    new ResizeObserver(() => {
      const now = Math.max(280, place.clientWidth);
      if (now !== made.view.width()) made.view.width(now).runAsync();
    }).observe(place);
    const choice = document.querySelector(`[data-choice="${place.dataset.plot}"]`);
    if (!choice) return;
    choice.hidden = false;
    choice.querySelector("select").addEventListener("change", (event) => {
      made.view.signal("metric", event.target.value).runAsync();
    });
  }

  // ------------------------------------------------------------ flip-book
  function flip(book) {
    const frames = all("figure", book).map((figure) => (
      { figure, values: JSON.parse(figure.dataset.values) }));
    const [along, held] = all("select", book);
    const slider = book.querySelector("input");
    const output = book.querySelector("output");
    const names = frames.length ? Object.keys(frames[0].values) : [];
    const rest = (frame, name) => names.filter((one) => one !== name)
      .map((one) => `${one} = ${frame.values[one].text}`).join(", ");
    let shown = [];

    function options(select, texts) {
      select.replaceChildren(...texts.map((text, at) => new Option(text, String(at))));
      select.closest(".pair").hidden = texts.length < 2;
    }
    function several() {  // names along which there is something to flip through
      return names.filter((name) => new Set(frames.map((f) => f.values[name].text)).size > 1);
    }
    function show() {
      const frame = shown[Number(slider.value)];
      for (const one of frames) one.figure.hidden = one !== frame;
      const name = kinds[Number(along.value)];
      const text = name === undefined ? "" : `${name} = ${frame.values[name].text}`;
      output.textContent = text;
      slider.setAttribute("aria-valuetext", text);
    }
    function choose() {
      const name = kinds[Number(along.value)];
      shown = [...grouped(name).values()][Number(held.value)];
      shown.sort((a, b) => a.values[name].order - b.values[name].order);
      slider.max = String(shown.length - 1);
      const first = shown.findIndex((frame) => frame.values[name].first);
      slider.value = String(Math.max(0, first));
      show();
    }
    function grouped(name) {
      const groups = new Map();
      for (const frame of frames) {
        const key = rest(frame, name);
        groups.set(key, [...(groups.get(key) || []), frame]);
      }
      return groups;
    }
    function turn() {
      const groups = grouped(kinds[Number(along.value)]);
      options(held, [...groups.keys()]);
      const sizes = [...groups.values()].map((group) => group.length);
      // Where the baseline is, if there is more than it; else where there is most.
      held.value = String(sizes[0] > 1 ? 0 : sizes.indexOf(Math.max(...sizes)));
      choose();
    }

    const kinds = several();
    if (!kinds.length) return;
    options(along, kinds);
    along.addEventListener("change", turn);
    held.addEventListener("change", choose);
    slider.addEventListener("input", show);
    book.querySelector(".choice").hidden = false;
    turn();
  }

  // ------------------------------------------------------------ tables
  function sortable(table) {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const one of heads) one.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [key(row.cells[column]), row]);
        rows.sort(([a], [b]) => compare(a, b, up ? 1 : -1));
        body.replaceChildren(...rows.map(([, row]) => row));
      });
    });
  }
  function key(cell) {
    const data = cell.querySelector("data");
    const text = data ? data.value : cell.textContent;
    const number = Number(text);
    return text.trim() === "" || Number.isNaN(number) ? text : number;
  }
  function compare(a, b, sign) {  // numbers before words, whichever way
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return sign * (typeof a === "number" ? a - b : a.localeCompare(b));
  }

  // ------------------------------------------------------------ all of it
  all("[data-flip]").forEach(flip);
  all("[data-sortable]").forEach(sortable);
  const plots = all("[data-plot]");
  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
  function next() {  // one after the other, each when there is nothing else to do
    const place = plots.shift();
    if (place) idle(() => enliven(place).finally(next));
  }
  const first = plots.shift();
  (first ? enliven(first) : Promise.resolve()).finally(() => {
    performance.mark("interactive");
    document.documentElement.dataset.ready = "yes";
    next();
  });
  addEventListener("beforeprint", () => all("details").forEach((one) => { one.open = true; }));
})();
