/**
 * The headers that every response of the studio should carry. They stand once: the build writes the policy into the
 * page, the preview server and the service worker send all of them, and a test holds the files in deploy/ to them.
 */

/** What the page and its workers may load: nothing from elsewhere, and no code that is not a file of the build. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self' blob: data:",
  // A worker made from a blob takes the page's policy; one made from a file takes that of its response (guardedWorker).
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

export const HEADERS: Readonly<Record<string, string>> = {
  // A page cannot forbid being framed by itself: this part counts in a header only.
  'Content-Security-Policy': `${POLICY}; frame-ancestors 'none'`,
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}
