'use strict';
// The page: data -> lanes -> rows (what is drawn) -> canvas. Times are nanoseconds from the recording's start.
const data = JSON.parse(document.getElementById('data').textContent);
const $ = id => document.getElementById(id);
const canvas = $('canvas'), pen = canvas.getContext('2d'), tip = $('tip');
const NAME_WIDTH = 190, RULER = 26, ROW = 22, BAR = 12, RUN_FIELDS = 4, SCHEDULE_FIELDS = 3;

// ── Lanes: one a coroutine ────────────────────────────────────────────────────────────────────────────────────────
const byId = new Map();
/** Those without a name go by the place that makes them, as all do that are one server's requests. */
const nameless = raw => raw.place ? '(' + raw.place.replace(/^.*\.(?=\w+\.\w+:)/, '') + ')' : '#' + raw.id;
const lanes = data.lanes.map((raw, index) => {
  const count = raw.runs.length / RUN_FIELDS;
  const lane = { index, id: raw.id, name: raw.name ?? nameless(raw), backend: raw.backend, outcome: raw.outcome,
    place: raw.place, count, start: new Float64Array(count), end: new Float64Array(count),
    where: new Int32Array(count), enterer: new Float64Array(count), due: new Float64Array(count).fill(-1),
    by: new Int32Array(count).fill(-1), inner: [], first: raw.first, ended: raw.ended };
  let s = 0;
  for (let i = 0; i < count; i++) {
    const at = i * RUN_FIELDS;
    lane.start[i] = raw.runs[at];
    lane.end[i] = raw.runs[at] + raw.runs[at + 1];
    lane.where[i] = raw.runs[at + 2];
    lane.enterer[i] = raw.runs[at + 3];
    for (; s < raw.schedules.length && raw.schedules[s] <= lane.start[i]; s += SCHEDULE_FIELDS) {
      lane.due[i] = raw.schedules[s];
      lane.by[i] = raw.schedules[s + 1];
    }
  }
  byId.set(raw.id, lane);
  return lane;
});
for (const lane of lanes) {
  for (let i = 0; i < lane.count; i++) {
    const outer = lane.enterer[i] && byId.get(lane.enterer[i]);
    if (outer) outer.inner.push([lane.start[i], lane.end[i]]);
  }
}
for (const lane of lanes) lane.inner.sort((a, b) => a[0] - b[0]);
const lastOf = lane => lane.ended >= 0 ? lane.ended : data.length;
const spot = lane => i => data.places[lane.where[i]]; // {thread, home}

// ── Rows: what is drawn, filtered; one lane each, or lanes of one name that do not overlap ────────────────────────
let rows = [], shown = [];
function layRows() {
  const wanted = $('filter').value.trim().toLowerCase();
  shown = lanes.filter(l => !wanted || l.name.toLowerCase().includes(wanted) || '#' + l.id === wanted);
  const open = new Map();
  for (const lane of lanes) lane.row = -1;
  rows = [];
  for (const lane of shown) {
    const heap = $('pack').checked ? open.get(lane.name) ?? [] : [];
    let row = heap[0];
    if (!row || row.free > lane.first) {
      row = { lanes: [], name: lane.name };
      rows.push(row);
      heap.push(row);
      open.set(lane.name, heap);
      row.free = lastOf(lane);
      rise(heap, heap.length - 1);
    } else {
      row.free = lastOf(lane);
      sink(heap);
    }
    row.lanes.push(lane);
  }
  const index = new Map(rows.map((r, i) => [r, i]));
  for (const row of rows) {
    for (const lane of row.lanes) lane.row = index.get(row);
    flatten(row);
  }
  scrolled = Math.min(scrolled, Math.max(0, rows.length * ROW - 40));
}

// A heap of rows, the one that is free first on top: a list would take minutes for 50,000 that never end.
function swap(heap, i, j) { [heap[i], heap[j]] = [heap[j], heap[i]]; }
function rise(heap, i) {
  for (let up; i > 0 && heap[up = (i - 1) >> 1].free > heap[i].free; i = up) swap(heap, i, up);
}
function sink(heap) {
  for (let i = 0, down; (down = 2 * i + 1) < heap.length; i = down) {
    if (down + 1 < heap.length && heap[down + 1].free < heap[down].free) down++;
    if (heap[i].free <= heap[down].free) return;
    swap(heap, i, down);
  }
}

/** All runs of a row behind each other, with sums: many in one pixel are drawn as one, as dense as they are. */
function flatten(row) {
  const n = row.lanes.reduce((sum, l) => sum + l.count, 0);
  row.count = n;
  row.start = new Float64Array(n); row.end = new Float64Array(n); row.sum = new Float64Array(n + 1);
  row.lane = new Array(n); row.nth = new Int32Array(n);
  let k = 0;
  for (const lane of row.lanes) {
    for (let i = 0; i < lane.count; i++, k++) {
      row.start[k] = lane.start[i]; row.end[k] = lane.end[i]; row.lane[k] = lane; row.nth[k] = i;
      row.sum[k + 1] = row.sum[k] + lane.end[i] - lane.start[i];
    }
  }
}
/** The first index whose value in the ascending array is greater. */
function after(array, value, low = 0, high = array.length) {
  while (low < high) {
    const mid = (low + high) >> 1;
    if (array[mid] > value) high = mid; else low = mid + 1;
  }
  return low;
}

// ── View ──────────────────────────────────────────────────────────────────────────────────────────────────────────
let from = 0, to = 1, scrolled = 0, width = 0, height = 0, hover = null, queued = false, css = {};
const x = time => NAME_WIDTH + (time - from) / (to - from) * (width - NAME_WIDTH);
const timeAt = px => from + (px - NAME_WIDTH) / (width - NAME_WIDTH) * (to - from);
const rowAt = py => Math.floor((py - RULER + scrolled) / ROW);
function fit() {
  const pad = data.length * 0.01 || 1;
  from = -pad; to = data.length + pad; scrolled = 0;
  draw();
}
function zoom(factor, px) {
  const at = timeAt(px), span = Math.min(Math.max((to - from) * factor, 50), data.length * 1.2 || 1000);
  const share = (px - NAME_WIDTH) / (width - NAME_WIDTH);
  from = at - share * span; to = from + span;
  draw();
}
function pan(dx, dy) {
  const dt = dx / (width - NAME_WIDTH) * (to - from);
  from += dt; to += dt;
  scrolled = Math.max(0, Math.min(scrolled + dy, rows.length * ROW - (height - RULER) + ROW));
  draw();
}
function span(nanos) {
  const units = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']];
  for (const [size, name] of units) if (Math.abs(nanos) >= size) return trim(nanos / size) + ' ' + name;
  return Math.round(nanos) + ' ns';
}
const trim = v => v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2);
const number = v => v.toLocaleString('en');

// ── Colours ───────────────────────────────────────────────────────────────────────────────────────────────────────
const HUES = [214, 158, 28, 282, 340, 190, 48, 108, 250, 0];
function hue(lane, i) {
  const place = spot(lane)(i), by = $('colour').value;
  return by === 'lane' ? nameIndex.get(lane.name) : by === 'home' ? place.home : place.thread;
}
const nameIndex = new Map();
lanes.forEach(l => nameIndex.has(l.name) || nameIndex.set(l.name, nameIndex.size));
const paints = new Map();
function paint(index) {
  const dark = document.documentElement.classList.contains('dark'), key = dark ? ~index : index;
  let colour = paints.get(key);
  if (!colour) {
    const round = Math.floor((index < 0 ? 0 : index) / HUES.length);
    colour = index < 0 ? (dark ? '#8a96a5' : '#7b8794')
      : `hsl(${HUES[index % HUES.length] + round * 17} ${dark ? 58 : 64}% ${dark ? 60 - round % 3 * 9 : 46 - round % 3 * 8}%)`;
    paints.set(key, colour);
  }
  return colour;
}

// ── Drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────
function draw() {
  if (queued) return;
  queued = true;
  requestAnimationFrame(() => { queued = false; drawNow(); });
}
function readCss() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ['back', 'panel', 'line', 'text', 'dim', 'life', 'accent', 'wait', 'row']) {
    css[name] = style.getPropertyValue('--' + name).trim();
  }
}
function drawNow() {
  const ratio = devicePixelRatio || 1;
  width = canvas.clientWidth; height = canvas.clientHeight;
  if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
    canvas.width = width * ratio; canvas.height = height * ratio;
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = css.back;
  pen.fillRect(0, 0, width, height);
  pen.font = '12px system-ui, "DejaVu Sans", sans-serif';
  pen.textBaseline = 'middle';
  const first = Math.max(0, rowAt(RULER)), last = Math.min(rows.length - 1, rowAt(height));
  pen.save();
  pen.beginPath(); pen.rect(NAME_WIDTH, RULER, width, height); pen.clip();
  for (let r = first; r <= last; r++) if (r % 2) {
    pen.fillStyle = css.row; pen.fillRect(0, rowTop(r), width, ROW);
  }
  grid();
  for (let r = first; r <= last; r++) drawRow(rows[r], rowTop(r));
  arrows(first, last);
  if (hover) mark();
  pen.restore();
  names(first, last);
  ruler();
}
const rowTop = r => RULER + r * ROW - scrolled;
function drawRow(row, y) {
  const bar = y + (ROW - BAR) / 2;
  pen.fillStyle = css.life;
  let drawnTo = -Infinity;
  for (const lane of row.lanes) {
    if (lane.first > to) break;
    const a = Math.max(x(lane.first), drawnTo, NAME_WIDTH), b = Math.min(Math.max(x(lastOf(lane)), a + 1), width);
    if (lastOf(lane) < from || b <= drawnTo) continue;
    pen.fillRect(a, bar + BAR / 2 - 1.5, b - a, 3);
    if (lane.ended >= 0 && row.lanes.length < 200) pen.fillRect(b - 2, bar + 2, 2, BAR - 4);
    drawnTo = b;
  }
  for (let k = after(row.end, from); k < row.count && row.start[k] < to; ) k = drawRun(row, k, bar);
}
/** Draws the k-th run of a row, with all that begin in the same pixel if it is that short; returns the next. */
function drawRun(row, k, y) {
  const lane = row.lane[k], i = row.nth[k], a = x(row.start[k]), b = x(row.end[k]);
  pen.fillStyle = paint(hue(lane, i));
  if (b - a < 1.5) {
    const px = Math.max(Math.floor(a), NAME_WIDTH), next = Math.max(k + 1, after(row.start, timeAt(px + 1), k));
    const dense = (row.sum[next] - row.sum[k]) / (timeAt(px + 1) - timeAt(px));
    pen.globalAlpha = Math.min(1, 0.45 + 0.55 * dense);
    pen.fillRect(px, y, 1.25, BAR);
    pen.globalAlpha = 1;
    return next;
  }
  const left = Math.max(a, NAME_WIDTH - 2), right = Math.min(b, width + 2);
  if (lane.due[i] >= 0 && x(lane.start[i]) - x(lane.due[i]) > 2) {
    const due = Math.max(x(lane.due[i]), NAME_WIDTH);
    pen.fillStyle = css.wait;
    pen.fillRect(due, y + BAR / 2 - 1.5, left - due, 3);
    pen.fillRect(due, y + 2, 1.5, BAR - 4);
    pen.fillStyle = paint(hue(lane, i));
  }
  pen.beginPath();
  pen.roundRect(left, y, right - left, BAR, Math.min(2.5, (right - left) / 2));
  pen.fill();
  inner(lane, i, y);
  return k + 1;
}
/** What of a run others had that it entered, in a lighter colour. */
function inner(lane, i, y) {
  const list = lane.inner;
  if (!list.length) return;
  let low = 0, high = list.length;
  while (low < high) { const mid = (low + high) >> 1; if (list[mid][1] > Math.max(lane.start[i], from)) high = mid; else low = mid + 1; }
  pen.fillStyle = css.back;
  pen.globalAlpha = 0.6;
  for (; low < list.length && list[low][0] < Math.min(lane.end[i], to); low++) {
    const a = Math.max(x(list[low][0]), NAME_WIDTH), b = Math.min(x(list[low][1]), width);
    if (b - a >= 1) pen.fillRect(a, y + 2.5, b - a, BAR - 5);
  }
  pen.globalAlpha = 1;
}
/** Who entered whom: left out while there are too many to tell apart. */
function arrows(first, last) {
  const found = [];
  for (let r = first; r <= last; r++) {
    const row = rows[r];
    for (let k = after(row.start, from); k < row.count && row.start[k] < to; k++) {
      const outer = byId.get(row.lane[k].enterer[row.nth[k]]);
      if (!outer || outer.row < 0 || outer.row === r) continue;
      found.push([x(row.start[k]), outer.row, r, hue(row.lane[k], row.nth[k])]);
      if (found.length > (width - NAME_WIDTH) / 5) return;
    }
  }
  for (const [px, a, b, colour] of found) {
    const down = b > a ? 1 : -1, y0 = rowTop(a) + ROW / 2 + down * BAR / 2, y1 = rowTop(b) + ROW / 2 - down * BAR / 2;
    pen.strokeStyle = pen.fillStyle = paint(colour);
    pen.lineWidth = 1.2;
    pen.beginPath(); pen.moveTo(px + 0.6, y0); pen.lineTo(px + 0.6, y1 - down * 3); pen.stroke();
    pen.beginPath(); pen.moveTo(px + 0.6, y1); pen.lineTo(px - 2.6, y1 - down * 5); pen.lineTo(px + 3.8, y1 - down * 5); pen.fill();
  }
}
function mark() {
  const y = rowTop(hover.lane.row) + (ROW - BAR) / 2;
  pen.strokeStyle = css.text;
  pen.lineWidth = 1.5;
  pen.strokeRect(x(hover.lane.start[hover.i]) - 1, y - 1, Math.max(2, x(hover.lane.end[hover.i]) - x(hover.lane.start[hover.i])) + 2, BAR + 2);
}
function names(first, last) {
  pen.fillStyle = css.panel;
  pen.fillRect(0, 0, NAME_WIDTH, height);
  for (let r = first; r <= last; r++) {
    const row = rows[r], many = row.lanes.length > 1 ? ' × ' + number(row.lanes.length) : '';
    pen.fillStyle = css.text;
    pen.fillText(clip(row.name, NAME_WIDTH - 24 - pen.measureText(many).width), 12, rowTop(r) + ROW / 2);
    if (!many) continue;
    pen.fillStyle = css.dim; pen.textAlign = 'right';
    pen.fillText(many, NAME_WIDTH - 8, rowTop(r) + ROW / 2);
    pen.textAlign = 'left';
  }
  pen.fillStyle = css.line;
  pen.fillRect(NAME_WIDTH - 1, 0, 1, height);
  const all = rows.length * ROW, seen = height - RULER;
  if (all > seen) pen.fillRect(width - 5, RULER + scrolled / all * seen, 4, Math.max(20, seen * seen / all));
}
function clip(text, room) {
  if (pen.measureText(text).width <= room) return text;
  while (text && pen.measureText(text + '…').width > room) text = text.slice(0, -1);
  return text + '…';
}
function ticks() {
  const wanted = (to - from) / ((width - NAME_WIDTH) / 110), power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= wanted), all = [];
  for (let t = Math.ceil(from / step) * step; t < to; t += step) all.push(t);
  return all;
}
function grid() {
  pen.fillStyle = css.line;
  for (const t of ticks()) pen.fillRect(Math.round(x(t)), RULER, 1, height);
}
function ruler() {
  pen.fillStyle = css.panel; pen.fillRect(0, 0, width, RULER);
  pen.fillStyle = css.line; pen.fillRect(0, RULER - 1, width, 1);
  pen.fillStyle = css.dim;
  pen.fillText(clip(number(shown.length) + ' coroutines', NAME_WIDTH - 16), 12, RULER / 2);
  for (const t of ticks()) if (x(t) > NAME_WIDTH + 10) {
    pen.fillRect(Math.round(x(t)), RULER - 6, 1, 5);
    pen.fillText(Math.abs(t) < 1e-6 ? '0' : span(t), x(t) + 4, RULER / 2);
  }
}
