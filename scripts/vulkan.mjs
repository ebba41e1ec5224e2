import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findBrowser } from './browser.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib']

/**
 * Finds a Vulkan driver for Dawn in Node and returns the environment that selects it.
 *
 * Order: what the caller already set; a hardware driver with a system loader; lavapipe that setup unpacked under
 * .cache; SwiftShader beside a Chromium. The loader reads these variables at process start, so a process that
 * lacks them must be started anew with them.
 * @returns {{ env: Record<string, string>, driver: string }}
 */
export function vulkanEnvironment() {
  if (process.platform !== 'linux') return { env: {}, driver: 'the system default' }
  if (process.env.VK_ICD_FILENAMES) return { env: {}, driver: process.env.VK_ICD_FILENAMES }
  const systemLoader = LIBRARY_FOLDERS.find(folder => existsSync(join(folder, 'libvulkan.so.1')))
  if (systemLoader && hardwarePresent()) return { env: {}, driver: 'the system default' }
  return lavapipe(systemLoader) ?? swiftShader(systemLoader) ?? { env: {}, driver: 'none found' }
}

function hardwarePresent() {
  const folders = ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d']
  const drivers = folders.flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []))
  const device =
    existsSync('/dev/nvidiactl') ||
    (existsSync('/dev/dri') && readdirSync('/dev/dri').some(name => name.startsWith('renderD')))
  return device && drivers.some(name => !name.startsWith('lvp'))
}

function lavapipe(systemLoader) {
  const folder = join(root, '.cache/lavapipe/lib')
  const library = join(folder, 'libvulkan_lvp.so')
  if (!existsSync(library)) return null
  const icd = join(root, '.cache/lavapipe/lavapipe_icd.json')
  const content = JSON.stringify({
    file_format_version: '1.0.0',
    ICD: { api_version: '1.3.0', library_path: library },
  })
  // The path inside is absolute: written anew where the checkout was moved or copied.
  if (!existsSync(icd) || readFileSync(icd, 'utf8') !== content) writeFileSync(icd, content)
  return { env: withLoader(icd, [folder, ...(systemLoader ? [] : loaderOfBrowser())]), driver: 'lavapipe' }
}

function swiftShader(systemLoader) {
  for (const folder of browserFolders()) {
    const icd = join(folder, 'vk_swiftshader_icd.json')
    if (!existsSync(icd)) continue
    return { env: withLoader(icd, systemLoader ? [] : [folder]), driver: 'SwiftShader' }
  }
  return null
}

function withLoader(icd, folders) {
  const path = [...folders, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':')
  return { VK_ICD_FILENAMES: icd, ...(path ? { LD_LIBRARY_PATH: path } : {}) }
}

function browserFolders() {
  const browser = findBrowser()
  const folders = ['/usr/lib/chromium', '/opt/google/chrome']
  if (browser) folders.push(dirname(realpathSync(browser)))
  return folders
}

function loaderOfBrowser() {
  return browserFolders().filter(folder => existsSync(join(folder, 'libvulkan.so.1')))
}
