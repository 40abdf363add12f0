// Draw boxes over a picture before it is stored: a form [data-redact] with a canvas and a table of rows, one a box. The
// rows are what is sent, so without this file they are typed. The server draws the preview; it keeps nothing of it. With
// [data-redact-stored] the pictures are those of a stored document, which gets more boxes.
const form = document.querySelector("form[data-redact]");
if (form) start(form);

function start(form) {
  const find = (selector) => form.querySelector(selector);
  const tool = find("[data-redact-tool]"), canvas = find("[data-redact-canvas]"), problem = find("[data-redact-problem]");
  const rows = find("[data-redact-rows]"), row = find("[data-redact-row]"), place = find("[data-redact-place]");
  const chosenFile = find("[data-redact-file]"), camera = find("[data-redact-camera]"), turn = find("[data-redact-turn]");
  const frame = find("[data-redact-frame]"), reason = find("[data-redact-reason]");
  const stored = form.dataset.redactStored?.trim().split(/\s+/);
  const pen = canvas.getContext("2d");
  const field = (box, name) => box.querySelector(`[name=box_${name}]`);
  let picture = null, page = 1, pages = 1, chosen = null, drawn = null, asked = 0;
  let turned = Number(turn?.value ?? 0), zoom = 1;
  let past = [], future = [];

  for (const blank of form.querySelectorAll("[data-redact-blank]")) blank.remove();

  // --- Boxes are rows; parts of the page here, percent there ---
  const boxes = () => [...rows.querySelectorAll("[data-redact-box]")];
  const read = (box) => ["x", "y", "width", "height"].map((name) => parseFloat(field(box, name).value.replace(",", ".")) / 100 || 0);
  const write = (box, values) => ["x", "y", "width", "height"].forEach((name, i) => { field(box, name).value = (values[i] * 100).toFixed(2); });
  const here = (box) => Number(field(box, "page").value || 1) === page;
  const within = ([x, y, w, h]) => {
    const wide = Math.min(Math.max(w, 0.005), 1), high = Math.min(Math.max(h, 0.005), 1);
    return [Math.min(Math.max(x, 0), 1 - wide), Math.min(Math.max(y, 0), 1 - high), wide, high];
  };
  const crops = (box) => field(box, "reason").value === "crop";
  const add = (values, covers = reason.value) => {
    remember();
    rows.append(row.content.cloneNode(true));
    chosen = rows.lastElementChild;
    field(chosen, "page").value = page;
    field(chosen, "reason").value = covers;
    write(chosen, within(values));
    draw();
  };

  // --- Undo and redo: the rows and the turn as they were ---
  const state = () => ({ turn: turned, rows: boxes().map((box) => [...read(box), field(box, "page").value, field(box, "reason").value]) });
  const remember = () => { past.push(state()); past = past.slice(-50); future = []; };
  const restore = (from, to) => {
    if (!from.length) return;
    to.push(state());
    const was = from.pop();
    rows.replaceChildren();
    for (const [x, y, w, h, onPage, covers] of was.rows) {
      rows.append(row.content.cloneNode(true));
      const box = rows.lastElementChild;
      write(box, [x, y, w, h]);
      field(box, "page").value = onPage;
      field(box, "reason").value = covers;
    }
    chosen = null;
    if (was.turn !== turned) {
      turned = was.turn;
      turn.value = turned;
      show();
    }
    draw();
  };

  // --- The picture ---
  const draw = () => {
    if (!picture) return;
    pen.drawImage(picture, 0, 0);
    for (const box of boxes().filter(here)) {
      const [x, y, w, h] = read(box), place = [x * canvas.width, y * canvas.height, w * canvas.width, h * canvas.height];
      if (crops(box)) shade(place);
      else {
        pen.fillStyle = "#000";
        pen.fillRect(...place);
      }
      if (box !== chosen) continue;
      pen.strokeStyle = "#e07a00";
      pen.lineWidth = Math.max(2, canvas.width / 300);
      pen.strokeRect(...place);
    }
  };
  // What is cut away, half hidden.
  const shade = ([x, y, w, h]) => {
    pen.fillStyle = "rgb(0 0 0 / 60%)";
    pen.beginPath();
    pen.rect(0, 0, canvas.width, canvas.height);
    pen.rect(x, y, w, h);
    pen.fill("evenodd");
  };
  const ask = () => {
    if (stored) return fetch(stored[page - 1]);
    const data = new FormData(form);
    data.set("preview_page", page);
    return fetch(form.dataset.redactPreview, { method: "POST", body: data });
  };
  const show = async () => {
    if (!stored && !chosenFile.files.length) return;
    const mine = ++asked;
    problem.hidden = true;
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await ask();
      if (mine !== asked) return;
      if (!answer.ok) throw new Error(answer.statusText);
      if (answer.headers.get("Content-Type") !== "image/jpeg") throw new Error(await answer.text());
      pages = stored?.length ?? (Number(answer.headers.get("X-Pages")) || 1);
      picture = await createImageBitmap(await answer.blob());
      [canvas.width, canvas.height] = [picture.width, picture.height];
      tool.hidden = false;
      place.textContent = pages > 1 ? `${page} / ${pages}` : "";
      act("previous").hidden = act("next").hidden = pages < 2;
      draw();
    } catch (error) {
      if (mine !== asked) return;
      tool.hidden = true;
      picture = null;
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      if (mine === asked) form.removeAttribute("aria-busy");
    }
  };
  const act = (name) => form.querySelector(`[data-redact-act=${name}]`);

  // --- Mouse, pen, thumb ---
  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
  };
  const under = ([px, py]) => boxes().filter((box) => here(box) && !crops(box)).reverse().find((box) => {
    const [x, y, w, h] = read(box);
    return px >= x && px <= x + w && py >= y && py <= y + h;
  });
  canvas.addEventListener("pointerdown", (event) => {
    if (!picture || event.button) return;
    if (frame.hasAttribute("data-moving")) {
      if (event.pointerType === "mouse") drawn = { scroll: [frame.scrollLeft + event.clientX, frame.scrollTop + event.clientY] };
      return;
    }
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    const from = at(event), box = under(from);
    if (chosen && crops(chosen)) {
      remember();
      drawn = { box: chosen, from };
    } else if (box) {
      remember();
      chosen = box;
      drawn = { box, from, was: read(box) };
    } else {
      add([...from, 0.005, 0.005]);
      drawn = { box: chosen, from };
    }
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawn) return;
    if (drawn.scroll) {
      frame.scrollTo(drawn.scroll[0] - event.clientX, drawn.scroll[1] - event.clientY);
      return;
    }
    const [x, y] = at(event), [fromX, fromY] = drawn.from;
    if (drawn.was) {
      write(drawn.box, within([drawn.was[0] + x - fromX, drawn.was[1] + y - fromY, drawn.was[2], drawn.was[3]]));
    } else {
      const [left, right] = [Math.max(0, Math.min(x, fromX)), Math.min(1, Math.max(x, fromX))];
      const [top, bottom] = [Math.max(0, Math.min(y, fromY)), Math.min(1, Math.max(y, fromY))];
      write(drawn.box, within([left, top, right - left, bottom - top]));
    }
    draw();
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => {
    // A crop is drawn once; the next drag is a box again.
    if (drawn?.box && crops(drawn.box)) chosen = null;
    drawn = null;
    draw();
  });

  // --- Keys ---
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key.toLowerCase() === "z") restore(...(event.shiftKey ? [future, past] : [past, future]));
    else if (control && event.key.toLowerCase() === "y") restore(future, past);
    else if (control || event.altKey) return;
    else if (event.key.toLowerCase() === "n") add([0.4, 0.45, 0.2, 0.1]);
    else if (event.key === "Delete" && chosen) remove();
    else if (STEPS[event.key] && chosen) {
      remember();
      const [dx, dy] = STEPS[event.key].map((step) => step * 0.01), [x, y, w, h] = read(chosen);
      write(chosen, within(event.shiftKey ? [x, y, w + dx, h + dy] : [x + dx, y + dy, w, h]));
      draw();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const remove = () => {
    if (!chosen) return;
    remember();
    chosen.remove();
    chosen = null;
    draw();
  };
  // Boxes turn with the picture: so many degrees to the right.
  const rotate = (degrees) => {
    remember();
    for (const box of boxes()) {
      let place = read(box);
      for (let done = 0; done < degrees; done += 90) {
        const [x, y, w, h] = place;
        place = [1 - y - h, x, h, w];
      }
      write(box, place);
    }
    turned = (turned + degrees) % 360;
    turn.value = turned;
    show();
  };
  const enlarge = (by) => {
    zoom = Math.min(4, Math.max(1, zoom + by));
    frame.dataset.zoom = zoom;
  };

  const ACTS = {
    add: () => add([0.4, 0.45, 0.2, 0.1]),
    // Where cards have their number, without its last four digits.
    card: () => add([0.06, 0.5, 0.66, 0.14], "card_number"),
    remove,
    undo: () => restore(past, future),
    redo: () => restore(future, past),
    smaller: () => enlarge(-1),
    larger: () => enlarge(1),
    move: (button) => button.setAttribute("aria-pressed", frame.toggleAttribute("data-moving")),
    left: () => rotate(270),
    right: () => rotate(90),
    crop: () => {
      chosen = boxes().find((box) => here(box) && crops(box));
      if (chosen) draw();
      else add([0.05, 0.05, 0.9, 0.9], "crop");
    },
    previous: () => { if (page > 1) { page -= 1; chosen = null; show(); } },
    next: () => { if (page < pages) { page += 1; chosen = null; show(); } },
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-redact-act]");
    if (button) ACTS[button.dataset.redactAct](button);
  });

  const rules = () => {
    const kind = form.querySelector("[name=kind]")?.value;
    for (const each of form.querySelectorAll("[data-redact-rules]")) each.hidden = each.dataset.redactRules !== kind;
  };
  // A photo that is taken now comes after the files that are there: front, then back.
  const take = (taken, before) => {
    const files = new DataTransfer();
    for (const file of [...before, ...taken]) files.items.add(file);
    chosenFile.files = files.files;
    page = 1;
    show();
  };
  form.addEventListener("change", (event) => {
    if (event.target === chosenFile) { page = 1; show(); }
    else if (event.target === camera) { take(camera.files, chosenFile.files); camera.value = ""; }
    else if (event.target === turn) rotate((Number(turn.value) - turned + 360) % 360);
    else if (event.target === reason) {
      if (!chosen || crops(chosen)) return;
      remember();
      field(chosen, "reason").value = reason.value;
    }
    else if (event.target.name === "kind") rules();
    else if (rows.contains(event.target)) draw();
  });
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData?.files;
    if (stored || !files?.length) return;
    event.preventDefault();
    take(files, chosenFile.files);
  });
  rules();
  show();
}
