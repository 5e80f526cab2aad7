"use strict";
// Draws the plots of the page and makes its lists choosable. Without it the tables and lists are all there.
(() => {
  const narrow = document.documentElement.clientWidth < 600;
  const options = { mode: "vega-lite", renderer: "svg", ast: true, actions: false, tooltip: { theme: "custom" } };
  const views = new Map();

  const draw = async (data) => {
    const place = data.previousElementSibling;
    const spec = JSON.parse(data.textContent);
    spec.config.axisY.labelLimit = narrow ? 120 : 260;
    // Names below a matrix stand upright where it is narrow.
    if (narrow && spec.encoding.x?.axis?.labelAngle) spec.encoding.x.axis.labelAngle = -90;
    const result = await vegaEmbed(place, spec, options);
    views.set(place.id, result.view);
    place.dataset.drawn = "yes";
  };

  const tell = (ids, signal, value) => {
    for (const id of ids.split(" ")) {
      const view = views.get(id);
      if (view) view.signal(signal, value).runAsync();
    }
  };

  const plots = async () => {
    // One after the other, from the top: what is in sight is there first.
    for (const data of document.querySelectorAll("script[data-plot]")) await draw(data);
    for (const choice of document.querySelectorAll("select[data-signal]")) {
      choice.addEventListener("change", () => tell(choice.dataset.plots, choice.dataset.signal, choice.value));
      tell(choice.dataset.plots, choice.dataset.signal, choice.value);
    }
    for (const legend of document.querySelectorAll("[data-hides]")) {
      legend.addEventListener("change", () => {
        const off = [...legend.querySelectorAll("input:not(:checked)")].map((box) => Number(box.value));
        tell(legend.dataset.hides, "hidden", off);
      });
    }
    document.body.dataset.plots = "drawn";
  };

  const examples = () => {
    const list = document.getElementById("examples");
    if (!list) return;
    const form = document.getElementById("example-filter");
    const shown = document.getElementById("examples-shown");
    const more = document.getElementById("examples-more");
    const page = 20;
    const articles = [...list.children].map((element) => ({
      element,
      slices: new Set(element.dataset.slices.split(" ")),
      text: element.textContent.toLowerCase(),
    }));
    let limit = page;
    const filter = () => {
      const { against, outcome, slice, text } = Object.fromEntries(new FormData(form));
      const wanted = text.trim().toLowerCase();
      const found = articles.filter(
        ({ element, slices, text: own }) =>
          (outcome === "" ? element.dataset[against] !== "both_right" : element.dataset[against] === outcome) &&
          (slice === "" || slices.has(slice)) && own.includes(wanted),
      );
      const visible = new Set(found.slice(0, limit));
      for (const one of articles) one.element.hidden = !visible.has(one);
      shown.textContent = `${visible.size} of ${found.length} matching, ${articles.length} on this page`;
      more.hidden = found.length <= limit;
    };
    form.addEventListener("input", () => { limit = page; filter(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    more.addEventListener("click", () => { limit += page; filter(); });
    filter();
  };

  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  });
  document.documentElement.classList.add("scripted");
  examples();
  plots();
})();
