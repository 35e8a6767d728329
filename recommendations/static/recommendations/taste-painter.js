// What the map of the catalogue looks like: dots in the colours of genres, what the person rated
// glowing, names that do not overlap. Draws what it is told to; `taste-map.js` moves the view.

const STEPS = 10_000;
const LIKED = 7; // half stars

export function painterOf(canvas, map, view) {
  const context = canvas.getContext("2d");
  const frame = canvas.closest("#taste-map");
  const genres = [...document.querySelectorAll("#taste-genres li")];
  const regions = [...document.querySelectorAll("#taste-regions > li")].map((row) => ({
    name: row.querySelector("h3").textContent.trim(),
    x: row.dataset.x / STEPS,
    y: row.dataset.y / STEPS,
  }));
  let colours = null;

  const across = (at) => (map.x[at] - view.x) * view.width * view.zoom + view.width / 2;
  const down = (at) => (map.y[at] - view.y) * view.height * view.zoom + view.height / 2;

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
  }

  /** As many dots of the screen as the canvas has room for. */
  function fit() {
    [view.width, view.height] = [canvas.clientWidth, canvas.clientHeight];
    const sharp = devicePixelRatio || 1;
    canvas.width = Math.round(view.width * sharp);
    canvas.height = Math.round(view.height * sharp);
  }

  function paint(chosen) {
    const sharp = devicePixelRatio || 1;
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, view.width, view.height);
    drawDots();
    drawOwn();
    drawNames();
    if (chosen >= 0) drawRing(across(chosen), down(chosen));
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
        if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
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
      if (x < -radius || y < -radius || x > view.width + radius || y > view.height + radius) continue;
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
      const middle = Math.min(Math.max(x, half), view.width - half);
      const box = [middle - half, y - 11, middle + half, y + 11];
      if (y < 12 || y > view.height - 12 || x < 0 || x > view.width) return;
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
      (region.x - view.x) * view.width * view.zoom + view.width / 2,
      (region.y - view.y) * view.height * view.zoom + view.height / 2,
    ];
    regions.forEach((region) => write(region.name, ...screen(region), "600 14px"));
    if (view.zoom < 3) return;
    let names = 0;
    for (const at of byFame) {
      const [x, y] = [across(at), down(at)];
      if (x < 0 || y < 0 || x > view.width || y > view.height) continue;
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

  const genreOf = (at) => genres[map.genre[at]]?.textContent.trim();

  return { across, down, fit, genreOf, paint, readColours };
}
