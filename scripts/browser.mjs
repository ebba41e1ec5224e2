import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Places where a Chromium or Chrome is commonly installed, by name on the PATH. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

/**
 * Path of a browser to test with: SCARP_BROWSER, one on the PATH, Playwright's own; null where there is none.
 * @returns {string | null}
 */
export function findBrowser() {
  const named = process.env.SCARP_BROWSER
  if (named && existsSync(named)) return named
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? '').split(':')) {
      if (folder && existsSync(`${folder}/${name}`)) return `${folder}/${name}`
    }
  }
  return playwrightBrowser()
}

function playwrightBrowser() {
  try {
    const path = execFileSync(
      process.execPath,
      ['-e', "import('@playwright/test').then(p => process.stdout.write(p.chromium.executablePath()))"],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    return existsSync(path) ? path : null
  } catch {
    return null // Playwright is not installed yet: there is no browser of its own either.
  }
}

/**
 * Flags that give headless Chromium a WebGPU adapter without a GPU. SCARP_HARDWARE_GPU=1 leaves the machine's own.
 * @returns {string[]}
 */
export function chromiumFlags() {
  const flags = [
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  if (process.getuid?.() === 0) flags.push('--no-sandbox')
  flags.push('--enable-unsafe-webgpu', '--ignore-gpu-blocklist', '--enable-features=Vulkan')
  if (!process.env.SCARP_HARDWARE_GPU) {
    flags.push(
      // The map is drawn by SwiftShader, the rest of the page without it, as Chromium does of itself where there is no GPU.
      '--disable-gpu-compositing',
      '--use-webgpu-adapter=swiftshader',
      '--use-vulkan=swiftshader',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
    )
  }
  return flags
}

/** Launch options for Playwright and for vitest's browser project. */
export function chromiumLaunchOptions() {
  const executablePath = findBrowser()
  return { ...(executablePath ? { executablePath } : {}), args: chromiumFlags() }
}
