// Mouse, keys, hover, legend, table.
function find(px, py) {
  const row = rows[rowAt(py)];
  if (!row || px < NAME_WIDTH || py < RULER) return null;
  const near = (to - from) / (width - NAME_WIDTH) * 3, time = timeAt(px);
  const k = after(row.end, time - near);
  if (k < row.count && row.start[k] <= time + near) return { lane: row.lane[k], i: row.nth[k] };
  const lane = row.lanes.find(l => l.first <= time && time <= lastOf(l));
  return lane ? { lane, i: -1, next: after(lane.start, time) } : null;
}
function line(table, name, value) {
  if (value === null || value === undefined || value === '') return;
  const tr = table.insertRow();
  tr.insertCell().textContent = name;
  tr.insertCell().textContent = value;
}
function showTip(event, at) {
  tip.replaceChildren();
  tip.hidden = !at;
  if (!at) return;
  const lane = at.lane, title = document.createElement('b'), table = document.createElement('table');
  title.textContent = lane.name + (lane.name === '#' + lane.id ? '' : ' #' + lane.id);
  if (at.i >= 0) {
    const place = spot(lane)(at.i), i = at.i, outer = byId.get(lane.enterer[i]);
    line(table, 'run', `${number(i + 1)} of ${number(lane.count)}, ${span(lane.end[i] - lane.start[i])}`);
    line(table, 'at', span(lane.start[i]));
    line(table, 'entered by', outer ? outer.name + ' #' + outer.id : lane.enterer[i] ? '#' + lane.enterer[i] : 'no coroutine');
    line(table, 'thread', data.threads[place.thread]);
    line(table, 'home', data.homes[place.home]);
    if (lane.due[i] >= 0) {
      line(table, 'scheduled', `${span(lane.start[i] - lane.due[i])} before, by ${data.schedulers[lane.by[i]]}`);
    }
  } else {
    const last = at.next - 1;
    if (last >= 0) line(table, 'suspended', (at.next < lane.count
        ? 'for ' + span(lane.start[at.next] - lane.end[last]) : 'from here on') + ', since ' + span(lane.end[last]));
    else line(table, 'new', 'not entered yet');
  }
  line(table, 'made', lane.place);
  line(table, 'ended', lane.ended >= 0 ? span(lane.ended) + ', ' + lane.outcome : 'not in this recording');
  tip.append(title, table);
  const box = canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
  tip.style.left = Math.max(0, Math.min(px + 14, width - tip.offsetWidth - 8)) + 'px';
  tip.style.top = Math.max(0, py + 18 + tip.offsetHeight > height ? py - tip.offsetHeight - 10 : py + 18) + 'px';
}
let drag = null;
canvas.addEventListener('pointerdown', e => {
  drag = { x: e.clientX, y: e.clientY };
  canvas.setPointerCapture(e.pointerId);
  canvas.classList.add('drag');
});
canvas.addEventListener('pointerup', () => { drag = null; canvas.classList.remove('drag'); });
canvas.addEventListener('pointermove', e => {
  if (drag) {
    pan(drag.x - e.clientX, drag.y - e.clientY);
    drag = { x: e.clientX, y: e.clientY };
    showTip(e, null);
    return;
  }
  const box = canvas.getBoundingClientRect(), at = find(e.clientX - box.left, e.clientY - box.top);
  hover = at && at.i >= 0 ? at : null;
  showTip(e, at);
  draw();
});
canvas.addEventListener('pointerleave', e => { hover = null; showTip(e, null); draw(); });
canvas.addEventListener('wheel', e => {
  e.preventDefault();
  const px = e.clientX - canvas.getBoundingClientRect().left;
  if (e.shiftKey || px < NAME_WIDTH || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
    pan(e.deltaX, px < NAME_WIDTH || e.shiftKey ? e.deltaY : 0);
  } else {
    zoom(Math.exp(e.deltaY * 0.0015), px);
  }
}, { passive: false });
canvas.addEventListener('dblclick', e => zoom(0.25, e.clientX - canvas.getBoundingClientRect().left));
canvas.addEventListener('keydown', e => {
  const page = height - RULER, keys = {
    ArrowLeft: () => pan(-80, 0), ArrowRight: () => pan(80, 0), ArrowUp: () => pan(0, -ROW), ArrowDown: () => pan(0, ROW),
    PageUp: () => pan(0, -page), PageDown: () => pan(0, page), '+': () => zoom(0.7, width / 2),
    '=': () => zoom(0.7, width / 2), '-': () => zoom(1.4, width / 2), '0': fit };
  if (!keys[e.key]) return;
  keys[e.key]();
  e.preventDefault();
});

const COLUMNS = [
  ['Name', g => g.name, v => v], ['Coroutines', g => g.lanes, number], ['Enters', g => g.runs, number],
  ['Running', g => g.total, span], ['… itself', g => g.own, span], ['Longest run', g => g.longest, span],
  ['Longest wait from schedule to enter', g => g.latency, v => v < 0 ? '–' : span(v)]];
let sortBy = 3, descending = true;
function groups() {
  const all = new Map();
  for (const lane of lanes) {
    const g = all.get(lane.name) ?? { name: lane.name, lanes: 0, runs: 0, total: 0, own: 0, longest: 0, latency: -1 };
    all.set(lane.name, g);
    g.lanes++;
    g.runs += lane.count;
    for (let i = 0; i < lane.count; i++) {
      const time = lane.end[i] - lane.start[i];
      g.total += time;
      g.own += time;
      g.longest = Math.max(g.longest, time);
      if (lane.due[i] >= 0) g.latency = Math.max(g.latency, lane.start[i] - lane.due[i]);
    }
    for (const [a, b] of lane.inner) g.own -= b - a;
  }
  return [...all.values()];
}
const grouped = groups();
const TABLE_MAX = 500;
function table() {
  const head = document.querySelector('#table thead tr'), body = document.querySelector('#table tbody');
  head.replaceChildren(...COLUMNS.map(([name], c) => {
    const th = document.createElement('th');
    th.textContent = name + (c === sortBy ? (descending ? ' ↓' : ' ↑') : '');
    th.onclick = () => { descending = c === sortBy ? !descending : c > 0; sortBy = c; table(); };
    return th;
  }));
  const value = COLUMNS[sortBy][1], sign = descending ? -1 : 1;
  grouped.sort((a, b) => sign * (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
  body.replaceChildren(...grouped.slice(0, TABLE_MAX).map(g => {
    const tr = document.createElement('tr');
    for (const [, get, show] of COLUMNS) tr.insertCell().textContent = show(get(g));
    tr.title = 'Show these alone';
    tr.onclick = () => { $('filter').value = $('filter').value === g.name ? '' : g.name; layRows(); draw(); };
    return tr;
  }));
}
function legend() {
  const by = $('colour').value, names = by === 'thread' ? data.threads : by === 'home' ? data.homes : [...nameIndex.keys()];
  const entry = (colour, text, height) => {
    const span = document.createElement('span'), box = document.createElement('i');
    box.style.background = colour;
    if (height) { box.style.height = height; box.style.verticalAlign = 'middle'; }
    span.append(box, text);
    return span;
  };
  $('legend').replaceChildren(...names.slice(0, 12).map((n, i) => entry(paint(i), n)),
    ...(names.length > 12 ? [`… and ${names.length - 12} more`] : []),
    entry('var(--life)', 'suspended', '3px'), entry('var(--wait)', 'scheduled, not entered yet', '3px'),
    'Light inside a run: it entered another. Wheel: zoom · drag: move · wheel over the names: scroll');
}
function theme(dark) {
  document.documentElement.classList.toggle('dark', dark);
  readCss();
  legend();
  draw();
}
$('filter').oninput = () => { layRows(); draw(); };
$('pack').onchange = () => { layRows(); draw(); };
$('colour').onchange = () => { legend(); draw(); };
$('fit').onclick = fit;
$('theme').onclick = () => theme(!document.documentElement.classList.contains('dark'));
addEventListener('resize', draw);
$('sum').textContent = `${number(lanes.length)} coroutines · ${number(lanes.reduce((s, l) => s + l.count, 0))} runs · `
  + `${span(data.length)} from ${data.from}` + (data.cut ? ` · only the first ${number(data.cut)} events` : '');
$('pack').checked = lanes.length > 60;
if (data.homes.length > 1) $('colour').value = 'home';
layRows();
table();
theme(location.hash === '#dark' || location.hash !== '#light' && matchMedia('(prefers-color-scheme: dark)').matches);
drawNow();
fit();
