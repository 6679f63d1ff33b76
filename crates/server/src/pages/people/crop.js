// The square of a photo is chosen by dragging, with the wheel, by touch or with the keyboard. What is sent are its corner
// and its side, in pixels of the picture as it stands upright; the server cuts.
const cropForm = document.querySelector("form[data-crop]");
if (cropForm) {
  const canvas = cropForm.querySelector("canvas");
  const box = cropForm.querySelector(".crop");
  const zoom = cropForm.querySelector("input[type=range]");
  const [left, top, side] = ["left", "top", "side"].map((it) => cropForm.elements["crop_" + it]);
  const picture = new Image();
  // The part that is chosen: its middle and its side.
  let part;
  const least = () => Math.min(picture.naturalWidth, picture.naturalHeight);
  const within = (middle, size, length) => Math.min(Math.max(middle, size / 2), length - size / 2);
  const show = () => {
    part.side = least() / (1 + (zoom.value / 100) * 3);
    part.x = within(part.x, part.side, picture.naturalWidth);
    part.y = within(part.y, part.side, picture.naturalHeight);
    const corner = [part.x - part.side / 2, part.y - part.side / 2];
    [left.value, top.value, side.value] = [...corner, part.side].map((it) => Math.floor(it));
    const pen = canvas.getContext("2d");
    const size = canvas.width;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, size, size);
    pen.drawImage(picture, ...corner, part.side, part.side, 0, 0, size, size);
    // Faces are shown round: what is beyond the circle is seen only in the large picture.
    pen.beginPath();
    pen.rect(0, 0, size, size);
    pen.arc(size / 2, size / 2, size / 2, 0, 2 * Math.PI);
    pen.fillStyle = "rgb(0 0 0 / 45%)";
    pen.fill("evenodd");
  };
  const move = (x, y) => {
    part.x += x;
    part.y += y;
    show();
  };
  const scale = (by) => {
    zoom.value = Number(zoom.value) + by;
    show();
  };
  const reset = () => {
    cropForm.querySelector("[data-crop-area]").hidden = true;
    cropForm.querySelector("[data-crop-now]").hidden = false;
    for (const field of [left, top, side]) field.value = "";
  };
  picture.addEventListener("error", reset);
  picture.addEventListener("load", () => {
    part = { x: picture.naturalWidth / 2, y: picture.naturalHeight / 2 };
    zoom.value = 0;
    cropForm.querySelector("[data-crop-area]").hidden = false;
    cropForm.querySelector("[data-crop-now]").hidden = true;
    show();
  });
  cropForm.elements.photo.addEventListener("change", (event) => {
    URL.revokeObjectURL(picture.src);
    const [file] = event.target.files;
    if (file) picture.src = URL.createObjectURL(file);
    else reset();
  });
  zoom.addEventListener("input", show);
  box.addEventListener("pointerdown", (event) => {
    box.setPointerCapture(event.pointerId);
    event.preventDefault();
    box.focus();
  });
  box.addEventListener("pointermove", (event) => {
    if (!box.hasPointerCapture(event.pointerId)) return;
    const pixels = part.side / box.clientWidth;
    move(-event.movementX * pixels, -event.movementY * pixels);
  });
  box.addEventListener("wheel", (event) => {
    event.preventDefault();
    scale(event.deltaY < 0 ? 4 : -4);
  }, { passive: false });
  box.addEventListener("keydown", (event) => {
    const step = part.side / 25;
    const deeds = {
      ArrowLeft: () => move(-step, 0),
      ArrowRight: () => move(step, 0),
      ArrowUp: () => move(0, -step),
      ArrowDown: () => move(0, step),
      "+": () => scale(4),
      "=": () => scale(4),
      "-": () => scale(-4),
    };
    if (!deeds[event.key]) return;
    event.preventDefault();
    deeds[event.key]();
  });
}
