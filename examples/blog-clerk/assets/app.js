// The page: who is asking, and their posts. Whatever it shows or hides, the rules are in the queries of the server.

const $ = (selector) => document.querySelector(selector);
const demo = { id: sessionStorage.getItem("person"), name: sessionStorage.getItem("name") };
const clerkScript = $("#clerk");

// A token for the next request, or null when nobody is signed in.
async function token() {
  if (clerkScript) return (await window.Clerk?.session?.getToken()) ?? null;
  if (!demo.id) return null;
  const response = await fetch("/development/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ id: demo.id }),
  });
  if (!response.ok) throw new Error("there is no such person");
  return (await response.json()).token;
}

async function call(path, options = {}) {
  const headers = { ...options.headers };
  const bearer = await token();
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  if (options.body) headers["content-type"] = "application/json";
  const response = await fetch(`/api${path}`, { ...options, headers });
  if (response.ok) return response.json();
  const refusal = await response.json().catch(() => ({}));
  throw new Error(refusal.message ?? `the server answered ${response.status}`);
}

function tell(text) {
  $("#message").textContent = text;
}

// Runs something that the visitor asked for, tells how it went, and shows the posts anew.
async function act(button, done, work) {
  button.disabled = true;
  try {
    await work();
    tell(done);
    await show();
    $("#posts-title").focus();
  } catch (error) {
    tell(`That did not work: ${error.message}.`);
  } finally {
    button.disabled = false;
  }
}

function card(post, me) {
  const item = $("#post").content.cloneNode(true);
  const find = (selector) => item.querySelector(selector);
  find("h3").textContent = post.title;
  find(".state").textContent = post.published ? "Published" : "Draft";
  find(".author").textContent = post.authorId === me?.id ? "you" : post.authorId;
  const time = find("time");
  time.dateTime = post.createdAt;
  time.textContent = new Date(post.createdAt).toLocaleString();
  if (post.authorId === me?.id) {
    const path = `/posts/${encodeURIComponent(post.id)}`;
    const publish = find(".publish");
    const remove = find(".delete");
    find(".actions").hidden = false;
    publish.textContent = post.published ? "Unpublish" : "Publish";
    publish.setAttribute("aria-label", `${publish.textContent} “${post.title}”`);
    remove.setAttribute("aria-label", `Delete “${post.title}”`);
    publish.addEventListener("click", () =>
      act(publish, post.published ? "It is a draft again." : "It is published.", () =>
        call(path, { method: "PATCH", body: JSON.stringify({ published: !post.published }) })));
    remove.addEventListener("click", () => act(remove, "It is deleted.", () => call(path, { method: "DELETE" })));
  }
  return item;
}

async function show() {
  const [me, posts] = await Promise.all([call("/me"), call("/posts")]);
  const name = clerkScript ? window.Clerk?.user?.fullName ?? me?.id : demo.name;
  $("#who-name").textContent = me ? `You are signed in as ${name}.` : "You are not signed in.";
  $("#write").hidden = !me;
  $("#sign-out").hidden = !me;
  if ($("#clerk-sign-in")) $("#clerk-sign-in").hidden = Boolean(me);
  for (const button of document.querySelectorAll("[data-sign-in]")) {
    button.setAttribute("aria-pressed", String(button.dataset.signIn === me?.id));
  }
  $("#posts").replaceChildren(...posts.map((post) => card(post, me)));
  if (posts.length === 0 && !$("#message").textContent) {
    tell(me ? "There is nothing to read yet." : "Nothing is shown to visitors who are not signed in.");
  }
}

for (const button of document.querySelectorAll("[data-sign-in]")) {
  button.addEventListener("click", () => {
    demo.id = button.dataset.signIn;
    demo.name = button.dataset.name;
    sessionStorage.setItem("person", demo.id);
    sessionStorage.setItem("name", demo.name);
    tell("");
    show().catch((error) => tell(`That did not work: ${error.message}.`));
  });
}

$("#sign-out").addEventListener("click", async () => {
  if (clerkScript) await window.Clerk.signOut();
  demo.id = demo.name = null;
  sessionStorage.clear();
  tell("");
  await show();
});

$("#new-post").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  act(form.querySelector("[type=submit]"), "The post is created.", async () => {
    const draft = { title: form.title.value, published: form.published.checked };
    await call("/posts", { method: "POST", body: JSON.stringify(draft) });
    form.reset();
  });
});

if (clerkScript) {
  $("#clerk-sign-in").addEventListener("click", () => window.Clerk?.openSignIn());
  const ready = async () => {
    await window.Clerk.load();
    window.Clerk.addListener(() => show().catch((error) => tell(error.message)));
  };
  if (window.Clerk) await ready();
  else clerkScript.addEventListener("load", ready);
}

await show().catch((error) => tell(`That did not work: ${error.message}.`));
