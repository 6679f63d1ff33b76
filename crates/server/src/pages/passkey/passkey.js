// Passkeys: a form with data-passkey asks the device before it is sent. Where browsers cannot, it stays hidden.
if (window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
  for (const form of document.querySelectorAll("form[data-passkey]")) form.hidden = false;
}

const askDevice = async (form) => {
  const said = form.querySelector("[data-problem]");
  said.hidden = true;
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.dataset.begin, { method: "POST", body });
  const { ceremony, options, problem } = await answer.json();
  if (problem) {
    said.textContent = problem;
    said.hidden = false;
    return;
  }
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.ceremony.value = ceremony;
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  form.submit();
};

// Before any other listener: the form is not sent yet.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.dataset.passkey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    askDevice(form).catch((problem) => {
      // Whoever changes their mind need not be told so.
      if (problem.name === "NotAllowedError" || problem.name === "AbortError") return;
      const said = form.querySelector("[data-problem]");
      said.textContent = said.dataset.problem;
      said.hidden = false;
    });
  },
  true,
);
