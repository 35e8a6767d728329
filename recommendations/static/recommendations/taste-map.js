// The map of the catalogue on "My taste": a canvas over one file of places that browsers keep, and a
// second, private one of what the person rated. Moved by dragging, buttons, Ctrl and the wheel, two
// fingers, or the keyboard. The list below it has the same in words, and is all there is without this.

const STEPS = 10_000;
const MOST_ZOOM = 40;
const REACH = 14; // pixels from a dot at which it is pointed at
const LIKED = 7; // half stars
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

function show(map) {
  const canvas = document.getElementById("taste-canvas");
  const tip = document.getElementById("taste-tip");
  const context = canvas.getContext("2d");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const genres = [...document.querySelectorAll("#taste-genres li")];
  const regions = [...document.querySelectorAll("#taste-regions > li")].map((row) => ({
    name: row.querySelector("h3").textContent.trim(),
    x: row.dataset.x / STEPS,
    y: row.dataset.y / STEPS,
  }));
  const view = { x: 0.5, y: 0.5, zoom: 1 };
  let [width, height, chosen, waiting, colours, glide] = [1, 1, -1, false, null, 0];

  const across = (at) => (map.x[at] - view.x) * width * view.zoom + width / 2;
  const down = (at) => (map.y[at] - view.y) * height * view.zoom + height / 2;

  function later() {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  }

  /** Colours as the stylesheet has them just now, light or dark. */
  function readColours() {
    const style = getComputedStyle(frame);
    const [lightness, chroma] = style.getPropertyValue("--dot").match(/[\d.]+/g) ?? [0.6, 0.1];
    const of = (hue) => `oklch(${lightness} ${chroma} ${hue})`;
    colours = {
      dots: [...genres.map((row) => of(row.dataset.hue)), style.getPropertyValue("--dot-other")],
      glow: style.getPropertyValue("--glow"),
      faded: style.getPropertyValue("--glow").replace(")", " / 0)"),
      heart: style.getPropertyValue("--glow-heart"),
      ink: getComputedStyle(canvas).color,
      paper: getComputedStyle(canvas).backgroundColor,
      font: getComputedStyle(canvas).fontFamily,
    };
    genres.forEach((row, at) => row.querySelector("circle").setAttribute("fill", colours.dots[at]));
    later();
  }

  function draw() {
    waiting = false;
    const sharp = devicePixelRatio || 1;
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    context.clearRect(0, 0, width, height);
    drawDots();
    drawOwn();
    drawNames();
    if (chosen >= 0) drawRing(across(chosen), down(chosen));
    placeTip();
  }

  function drawDots() {
    const grown = view.zoom ** 0.5;
    const last = colours.dots.length - 1;
    context.globalAlpha = map.rated.length ? 0.6 : 0.8;
    colours.dots.forEach((colour, number) => {
      context.fillStyle = colour;
      context.beginPath();
      for (let at = 0; at < map.x.length; at += 1) {
        if ((map.genre[at] < 0 ? last : map.genre[at]) !== number || map.stars[at]) continue;
        const [x, y] = [across(at), down(at)];
        if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
        const radius = Math.min(7, (0.9 + 0.45 * map.size[at]) * grown);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 7);
      }
      context.fill();
    });
    context.globalAlpha = 1;
  }

  function drawOwn() {
    const grown = view.zoom ** 0.35;
    const halo = (at) => (map.stars[at] >= LIKED ? 6 + map.stars[at] * 0.8 : 5) * grown;
    for (const at of map.rated) {
      const [x, y, radius] = [across(at), down(at), halo(at)];
      if (x < -radius || y < -radius || x > width + radius || y > height + radius) continue;
      const light = context.createRadialGradient(x, y, 0, x, y, radius);
      light.addColorStop(0, colours.glow);
      light.addColorStop(1, colours.faded);
      context.globalAlpha = map.stars[at] >= LIKED ? 0.75 : 0.3;
      context.fillStyle = light;
      context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    }
    context.globalAlpha = 1;
    context.fillStyle = colours.heart;
    context.beginPath();
    for (const at of map.rated) {
      const radius = (map.stars[at] >= LIKED ? 2.6 : 1.7) * grown;
      context.moveTo(across(at) + radius, down(at));
      context.arc(across(at), down(at), radius, 0, 7);
    }
    context.fill();
  }

  /** Regions by name, and near by the best known titles, none over another. */
  function drawNames() {
    const taken = [];
    const write = (text, x, y, font) => {
      context.font = `${font} ${colours.font}`;
      const half = context.measureText(text).width / 2 + 4;
      const middle = Math.min(Math.max(x, half), width - half);
      const box = [middle - half, y - 11, middle + half, y + 11];
      if (y < 12 || y > height - 12 || x < 0 || x > width) return;
      if (taken.some((b) => b[0] < box[2] && box[0] < b[2] && b[1] < box[3] && box[1] < b[3])) return;
      taken.push(box);
      context.strokeStyle = colours.paper;
      context.lineWidth = 4;
      context.lineJoin = "round";
      context.strokeText(text, middle, y);
      context.fillStyle = colours.ink;
      context.fillText(text, middle, y);
    };
    context.textAlign = "center";
    context.textBaseline = "middle";
    const screen = (region) => [
      (region.x - view.x) * width * view.zoom + width / 2,
      (region.y - view.y) * height * view.zoom + height / 2,
    ];
    regions.forEach((region) => write(region.name, ...screen(region), "600 14px"));
    if (view.zoom < 3) return;
    let names = 0;
    for (const at of byFame) {
      const [x, y] = [across(at), down(at)];
      if (x < 0 || y < 0 || x > width || y > height) continue;
      write(map.titles[at].slice(0, 40), x, y - 14, "400 13px");
      names += 1;
      if (names > 24) break;
    }
  }

  function drawRing(x, y) {
    for (const [colour, line] of [[colours.paper, 6], [colours.ink, 3]]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.beginPath();
      context.arc(x, y, 10, 0, 7);
      context.stroke();
    }
  }

  const byFame = [...map.x.keys()].sort((a, b) => map.size[b] - map.size[a]);

  function placeTip() {
    tip.hidden = chosen < 0;
    if (tip.hidden) return;
    const [x, y] = [across(chosen), down(chosen)];
    const left = Math.min(Math.max(x - tip.offsetWidth / 2, 4), width - tip.offsetWidth - 4);
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
      const genre = genres[map.genre[at]]?.textContent.trim();
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
    moveTo(view.x + shift(px, width), view.y + shift(py, height), zoom);
  }

  function keepInSight() {
    const [x, y] = [across(chosen), down(chosen)];
    const margin = 48;
    const inside = x > margin && y > margin && x < width - margin && y < height - margin;
    if (!inside && view.zoom > 1) glideTo(map.x[chosen], map.y[chosen]);
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      choose(chosen < 0 ? nearest(width / 2, height / 2, Infinity) : next(...arrow));
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
      moveTo(view.x + by(0, width), view.y + by(1, height));
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

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readColours);
  new ResizeObserver(() => {
    [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const sharp = devicePixelRatio || 1;
    [canvas.width, canvas.height] = [Math.round(width * sharp), Math.round(height * sharp)];
    later();
  }).observe(canvas);
  readColours();
  frame.dataset.ready = "";
}

if (frame) {
  frame.hidden = false;
  load().then(show, () => {
    const line = document.createElement("p");
    line.className = "note";
    line.textContent = frame.dataset.failed;
    frame.replaceChildren(line);
  });
}
