// The map of the catalogue on "My taste": a canvas over one file of places that browsers keep, and a
// second, private one of what the person rated. Moved by dragging, buttons, Ctrl and the wheel, two
// fingers, or the keyboard. The list below it has the same in words, and is all there is without this.

const STEPS = 10_000;
const MOST_ZOOM = 40;
const REACH = 14; // pixels from a dot at which it is pointed at
const frame = document.getElementById("taste-map");

/** What the file says, in typed arrays, with a place for everybody's own stars. */
async function load() {
  const answers = await Promise.all([fetch(frame.dataset.map), fetch(frame.dataset.rated)]);
  if (!answers.every((answer) => answer.ok)) throw new Error("the map cannot be had");
  const [all, rated] = await Promise.all(answers.map((answer) => answer.json()));
  const place = new Map(all.ids.map((id, at) => [id, at]));
  const stars = new Uint8Array(all.ids.length);
  rated.ids.forEach((id, at) => {
    if (place.has(id)) stars[place.get(id)] = rated.half_stars[at];
  });
  return {
    ids: all.ids,
    titles: all.titles,
    x: Float32Array.from(all.x, (value) => (value + 0.5) / STEPS),
    y: Float32Array.from(all.y, (value) => (value + 0.5) / STEPS),
    genre: Int16Array.from(all.genre),
    size: Uint8Array.from(all.size),
    stars,
    rated: rated.ids.map((id) => place.get(id)).filter((at) => at !== undefined),
  };
}

function show(map, painterOf) {
  const canvas = document.getElementById("taste-canvas");
  const tip = document.getElementById("taste-tip");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const view = { x: 0.5, y: 0.5, zoom: 1, width: 1, height: 1 };
  const painter = painterOf(canvas, map, view);
  const { across, down } = painter;
  let [chosen, waiting, glide] = [-1, false, 0];

  function later() {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  }

  function draw() {
    waiting = false;
    painter.paint(chosen);
    placeTip();
  }

  function placeTip() {
    tip.hidden = chosen < 0;
    if (tip.hidden) return;
    const [x, y] = [across(chosen), down(chosen)];
    const left = Math.min(Math.max(x - tip.offsetWidth / 2, 4), view.width - tip.offsetWidth - 4);
    const under = y < tip.offsetHeight + 24;
    tip.style.left = `${left}px`;
    tip.style.top = `${under ? y + 18 : y - tip.offsetHeight - 16}px`;
  }

  function choose(at) {
    if (at === chosen) return;
    chosen = at;
    tip.replaceChildren();
    if (at >= 0) {
      const link = document.createElement("a");
      link.href = address(at);
      link.textContent = map.titles[at];
      link.tabIndex = -1;
      const genre = painter.genreOf(at);
      const half = map.stars[at];
      const stars = `${half > 1 ? Math.floor(half / 2) : ""}${half % 2 ? "½" : ""} ★`;
      const words = [genre, half && frame.dataset.ratedWords.replace("%s", stars)];
      const more = words.filter(Boolean).join(" · ");
      tip.append(link, ...(more ? [document.createElement("br"), more] : []));
    }
    later();
  }

  const address = (at) => frame.dataset.item.replace(/0(?=\/?$)/, map.ids[at]);

  function nearest(x, y, reach) {
    let [best, least] = [-1, reach * reach];
    for (let at = 0; at < map.x.length; at += 1) {
      const far = (across(at) - x) ** 2 + (down(at) - y) ** 2 - (map.stars[at] ? 30 : 0);
      if (far < least) [best, least] = [at, far];
    }
    return best;
  }

  /** The nearest dot that lies more in this direction than aside of it. */
  function next(dx, dy) {
    const [x, y] = [across(chosen), down(chosen)];
    let [best, least] = [chosen, Infinity];
    for (let at = 0; at < map.x.length; at += 1) {
      const [right, below] = [across(at) - x, down(at) - y];
      const ahead = right * dx + below * dy;
      const aside = Math.abs(right * dy - below * dx);
      if (at === chosen || ahead <= 0.5 || aside > ahead) continue;
      if (ahead + 2 * aside < least) [best, least] = [at, ahead + 2 * aside];
    }
    return best;
  }

  function moveTo(x, y, zoom = view.zoom) {
    view.zoom = Math.min(Math.max(zoom, 1), MOST_ZOOM);
    const edge = 0.5 / view.zoom;
    view.x = Math.min(Math.max(x, edge), 1 - edge);
    view.y = Math.min(Math.max(y, edge), 1 - edge);
    frame.classList.toggle("is-near", view.zoom > 1);
    later();
  }

  /** Go there within a moment; at once where motion is not wanted. */
  function glideTo(x, y, zoom = view.zoom) {
    cancelAnimationFrame(glide);
    if (calm.matches) return moveTo(x, y, zoom);
    const [from, start] = [{ ...view }, performance.now()];
    const step = (now) => {
      const done = Math.min(1, (now - start) / 180);
      const part = 1 - (1 - done) ** 3;
      const mix = (a, b) => a + (b - a) * part;
      moveTo(mix(from.x, x), mix(from.y, y), mix(from.zoom, zoom));
      if (done < 1) glide = requestAnimationFrame(step);
    };
    glide = requestAnimationFrame(step);
  }

  /** Zoom so that what lies at a point of the screen stays there. */
  function zoomAt(times, px, py) {
    const zoom = Math.min(Math.max(view.zoom * times, 1), MOST_ZOOM);
    const shift = (pixels, size) => (pixels / size - 0.5) * (1 / view.zoom - 1 / zoom);
    moveTo(view.x + shift(px, view.width), view.y + shift(py, view.height), zoom);
  }

  function keepInSight() {
    const [x, y] = [across(chosen), down(chosen)];
    const margin = 48;
    const inside = x > margin && y > margin && x < view.width - margin && y < view.height - margin;
    if (!inside && view.zoom > 1) glideTo(map.x[chosen], map.y[chosen]);
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      choose(chosen < 0 ? nearest(view.width / 2, view.height / 2, Infinity) : next(...arrow));
      keepInSight();
    } else if (event.key === "+" || event.key === "=" || event.key === "-") {
      const times = event.key === "-" ? 0.625 : 1.6;
      const middle = chosen < 0 ? [view.x, view.y] : [map.x[chosen], map.y[chosen]];
      glideTo(...middle, Math.min(Math.max(view.zoom * times, 1), MOST_ZOOM));
    } else if (event.key === "Enter" && chosen >= 0) {
      location.assign(address(chosen));
    } else if (event.key === "Escape") {
      choose(-1);
      glideTo(0.5, 0.5, 1);
    } else {
      return;
    }
    event.preventDefault();
  });

  const fingers = new Map();
  let moved = 0;
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    fingers.set(event.pointerId, spot(event));
    moved = 0;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const here = spot(event);
    const before = fingers.get(event.pointerId);
    if (!before) {
      choose(nearest(...here, REACH));
      canvas.classList.toggle("is-over", chosen >= 0);
      return;
    }
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
    moved += far(here, before);
    fingers.set(event.pointerId, here);
    if (other) {
      const middle = [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2];
      zoomAt(far(here, other) / Math.max(far(before, other), 1), ...middle);
    } else if (moved > 4) {
      const by = (axis, size) => (before[axis] - here[axis]) / size / view.zoom;
      moveTo(view.x + by(0, view.width), view.y + by(1, view.height));
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    const alone = fingers.size === 1;
    if (!fingers.delete(event.pointerId) || !alone || moved > 6) return;
    const touch = event.pointerType !== "mouse";
    const at = nearest(...spot(event), touch ? 2 * REACH : REACH);
    if (!touch && at >= 0) location.assign(address(at));
    choose(at);
  });
  canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", (event) => {
    const toTip = event.relatedTarget instanceof Node && tip.contains(event.relatedTarget);
    if (event.pointerType === "mouse" && !toTip && document.activeElement !== canvas) choose(-1);
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY / 200), ...spot(event));
    },
    { passive: false },
  );
  frame.querySelectorAll("[data-zoom]").forEach((button) => {
    button.addEventListener("click", () => {
      const times = Number(button.dataset.zoom);
      if (!times) return glideTo(0.5, 0.5, 1);
      const middle = chosen < 0 ? [view.x, view.y] : [map.x[chosen], map.y[chosen]];
      return glideTo(...middle, Math.min(Math.max(view.zoom * times, 1), MOST_ZOOM));
    });
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    painter.readColours();
    later();
  });
  new ResizeObserver(() => {
    painter.fit();
    later();
  }).observe(canvas);
  painter.readColours();
  frame.dataset.ready = "";
}

if (frame) {
  Promise.all([load(), import(frame.dataset.painter)]).then(
    ([map, { painterOf }]) => show(map, painterOf),
    () => {
      const line = document.createElement("p");
      line.className = "note";
      line.textContent = frame.dataset.failed;
      frame.replaceChildren(line);
    },
  );
}
