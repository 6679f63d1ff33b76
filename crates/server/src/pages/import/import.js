// An import that is under way is looked at often, until it is done.
const follow = async () => {
  const part = document.querySelector("[data-follow]");
  if (!part) return;
  const address = part.dataset.follow;
  try {
    const answer = await fetch(`${address}?quick=1`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-follow]");
    if (!now) return location.replace(address);
    // The bar and the words change and the rest stays, so that nothing is read out over and over.
    for (const name of ["progress", "#import-state"]) part.querySelector(name).replaceWith(now.querySelector(name));
  } catch {
    // The server may be starting anew; the next look tells.
  }
  setTimeout(follow, 300);
};
setTimeout(follow, 300);
