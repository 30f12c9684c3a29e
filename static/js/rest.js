// Changes over REST, refused with the same sentences as over the socket.

import { ConnectionLost, Refusal } from "./socket.js";

const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";

/** @param {string} path below /api/v1/ @param {RequestInit} [options] @returns {Promise<any>} */
async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, { headers: { Accept: "application/json" }, ...options });
  } catch {
    throw new ConnectionLost();
  }
  const body = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok) return body;
  if (!body?.code) throw new ConnectionLost(); // not an answer of ours: a proxy, or a server that restarts
  throw new Refusal(body);
}

/** @param {string} path @param {object} [body] */
export function post(path, body = {}) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

/** All pages of a list. @param {string} path with its query @returns {Promise<any[]>} */
export async function all(path) {
  const found = [];
  let next = `/api/v1/${path}`;
  while (next) {
    const page = await ask(next.slice(next.indexOf("/api/v1/") + "/api/v1/".length));
    found.push(...page.results);
    next = page.next;
  }
  return found;
}
