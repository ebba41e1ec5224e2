/**
 * The service worker: it keeps one whole build, checked file by file against its hash, and serves from nothing else.
 * A new build is fetched beside the old one and takes over when the person agrees, or when no tab is open any more;
 * so a page never meets files of two builds. Built into sw.js by scripts/offlinePlugin.ts.
 */

import { HEADERS } from '../responseHeaders'

interface Precache {
  version: string
  /** Path below the worker's own folder -> SHA-256 of the bytes, base64. */
  files: Record<string, string>
}

/** The events and the scope as far as they are used; TypeScript's own types of them exclude those of the window. */
interface LastingEvent extends Event {
  waitUntil(done: Promise<unknown>): void
}
interface RequestEvent extends LastingEvent {
  request: Request
  respondWith(response: Promise<Response>): void
}
interface WorkerScope {
  registration: { scope: string }
  clients: { claim(): Promise<void> }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: LastingEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: RequestEvent) => void): void
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void
}

declare const __PRECACHE__: Precache

const scope = globalThis as unknown as WorkerScope
const PREFIX = 'scarp-build-'
const PAGE = 'index.html'
const HASHES = 'precache.json'
const NAME = PREFIX + __PRECACHE__.version
/** Few at a time, so that the page's own requests go first. */
const AT_ONCE = 4

const address = (path: string) => new URL(path, scope.registration.scope).href

scope.addEventListener('install', event => event.waitUntil(install()))
scope.addEventListener('activate', event => event.waitUntil(takeOver()))
scope.addEventListener('message', event => {
  if (event.data === 'take-over') void scope.skipWaiting()
})
scope.addEventListener('fetch', event => {
  const { request } = event
  if (request.method !== 'GET') return
  const path = pathOf(request)
  if (path === null) return
  event.respondWith(answer(request, path))
})

/** A file of this build; null: not ours to answer. Every page of the scope is the one page. */
function pathOf(request: Request): string | null {
  const root = new URL(scope.registration.scope)
  const url = new URL(request.url)
  if (url.origin !== root.origin || !url.pathname.startsWith(root.pathname)) return null
  if (request.mode === 'navigate') return PAGE
  return decodeURIComponent(url.pathname.slice(root.pathname.length)) || PAGE
}

async function answer(request: Request, path: string): Promise<Response> {
  const own = await (await caches.open(NAME)).match(address(path))
  if (own) return own
  // A tab that began with the build before may still ask for that build's files, which are named by content.
  return (await caches.match(request)) ?? fetch(request)
}

/** Fetches the whole build or fails as a whole; what did not change is taken from the build before. */
async function install(): Promise<void> {
  const cache = await caches.open(NAME)
  const before = await earlierBuilds()
  const waiting = Object.entries(__PRECACHE__.files)
  const take = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [path, hash] = next
      const kept = before.find(build => build.files[path] === hash)
      const response = (kept && (await kept.cache.match(address(path)))) ?? (await fetchChecked(path, hash))
      await cache.put(address(path), ownAnswer(response))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, take))
  await cache.put(address(HASHES), new Response(JSON.stringify(__PRECACHE__)))
}

/** The page is asked for by its folder: hosts with clean addresses redirect index.html there. */
async function fetchChecked(path: string, hash: string): Promise<Response> {
  const asked = address(path === PAGE ? '' : path)
  const response = await fetch(asked, {
    cache: 'no-cache',
    integrity: `sha256-${hash}`,
    redirect: 'error',
  })
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}.`)
  return response
}

/**
 * The same bytes as an answer of our own. One that was redirected on its way, as an earlier version kept them, would
 * fail every navigation; and hosts that cannot set headers leave the page without isolation.
 */
function ownAnswer(response: Response): Response {
  const headers = new Headers(HEADERS)
  const type = response.headers.get('Content-Type')
  if (type) headers.set('Content-Type', type)
  return new Response(response.body, { headers })
}

/** Whole builds that are kept: an install that was cut short has no list of hashes. */
async function earlierBuilds(): Promise<{ name: string; cache: Cache; files: Record<string, string> }[]> {
  const builds = []
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX)) continue
    const cache = await caches.open(name)
    const list = await cache.match(address(HASHES))
    if (list) builds.push({ name, cache, files: ((await list.json()) as Precache).files })
  }
  return builds
}

/** The first visit, whose page was loaded without the worker, needs no network from here on either. */
async function takeOver(): Promise<void> {
  await forgetOldBuilds()
  await scope.clients.claim()
}

/** Keeps this build and the one before it, which a tab may still be using. */
async function forgetOldBuilds(): Promise<void> {
  const whole = (await earlierBuilds()).map(build => build.name).filter(name => name !== NAME)
  const kept = new Set([NAME, whole.at(-1)])
  const all = (await caches.keys()).filter(name => name.startsWith(PREFIX))
  await Promise.all(all.filter(name => !kept.has(name)).map(name => caches.delete(name)))
}
