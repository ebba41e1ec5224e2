import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const TRIPLETS = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }

/** What lavapipe links against, for machines that have no desktop libraries. */
const LIBRARIES = [
  ...['libllvm15', 'libelf1', 'libexpat1', 'libzstd1', 'libwayland-client0', 'libx11-xcb1', 'libxshmfence1'],
  ...[
    'libxcb1',
    'libxcb-dri3-0',
    'libxcb-present0',
    'libxcb-randr0',
    'libxcb-shm0',
    'libxcb-sync1',
    'libxcb-xfixes0',
  ],
  ...[
    'libxau6',
    'libxdmcp6',
    'libbsd0',
    'libmd0',
    'libffi8',
    'libedit2',
    'libz3-4',
    'libtinfo6',
    'libxml2',
    'libicu72',
  ],
]

/**
 * Unpacks Mesa's software Vulkan driver into .cache/lavapipe, without installing anything on the machine.
 *
 * Dawn refuses the driver of Debian 12 itself (Mesa 22.3); bookworm-backports has 25.0, two to ten times faster than
 * SwiftShader. The mirror is the one that the machine's own apt uses.
 * @param {string} root the checkout
 * @returns {string | null} why it could not be done; null when it is there
 */
export function unpackLavapipe(root) {
  const triplet = TRIPLETS[process.arch]
  if (!triplet) return `no package for ${process.arch}`
  for (const command of ['apt-get', 'dpkg', 'ldd']) {
    if (spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0) return `${command} is not here`
  }
  const work = join(root, '.cache/apt')
  const target = join(root, '.cache/lavapipe')
  try {
    const mirror = debianMirror()
    if (!mirror) return "the machine's package sources name no Debian release"
    const apt = privateApt(work, mirror)
    console.log('setup: no GPU found, fetching a software Vulkan driver (Mesa lavapipe) into .cache')
    apt(['update', '-q'])
    const unpacked = join(work, 'root')
    rmSync(unpacked, { recursive: true, force: true })
    unpack(apt, work, unpacked, ['mesa-vulkan-drivers', 'libdrm2', 'libvulkan1'], mirror.suite)
    const folder = join(unpacked, 'usr/lib', triplet)
    if (unresolved(folder)) unpack(apt, work, unpacked, LIBRARIES, null)
    const missing = unresolved(folder)
    if (missing) return `it lacks ${missing}`
    rmSync(target, { recursive: true, force: true })
    cpSync(folder, join(target, 'lib'), { recursive: true, verbatimSymlinks: true })
    const lower = join(unpacked, 'lib', triplet)
    if (existsSync(lower)) cpSync(lower, join(target, 'lib'), { recursive: true, verbatimSymlinks: true })
    return null
  } catch (error) {
    return String(error.message).split('\n')[0]
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Base address, release and the suite that holds a Mesa recent enough, from apt's own configuration. */
function debianMirror() {
  const rows = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'],
    {
      encoding: 'utf8',
    },
  )
  for (const row of rows.split('\n')) {
    const [uri, release, component] = row.split(' ')
    if (component !== 'main' || !/\/debian\/?$/.test(uri ?? '')) continue
    if (release === 'bookworm' || release === 'oldstable')
      return { uri, release: 'bookworm', suite: 'bookworm-backports' }
    if (release === 'trixie' || release === 'sid' || release === 'forky') return { uri, release, suite: null }
  }
  return null
}

/** apt-get with lists, cache and sources of its own, so that no right is needed and nothing of the machine changes. */
function privateApt(work, mirror) {
  for (const folder of ['lists/partial', 'archives/partial', 'debs'])
    mkdirSync(join(work, folder), { recursive: true })
  const suites = [mirror.release, ...(mirror.suite ? [mirror.suite] : [])]
  const key = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const signed = existsSync(key) ? `[signed-by=${key}] ` : ''
  writeFileSync(
    join(work, 'sources.list'),
    suites.map(suite => `deb ${signed}${mirror.uri} ${suite} main\n`).join(''),
  )
  const options = [
    ...['-o', `Dir::Etc::sourcelist=${join(work, 'sources.list')}`, '-o', 'Dir::Etc::sourceparts=/dev/null'],
    ...[
      '-o',
      `Dir::State::lists=${join(work, 'lists')}`,
      '-o',
      `Dir::Cache=${work}`,
      '-o',
      'APT::Sandbox::User=',
    ],
  ]
  return args =>
    execFileSync('apt-get', [...options, ...args], {
      cwd: join(work, 'debs'),
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
    })
}

function unpack(apt, work, target, packages, suite) {
  const names = packages.map(name => (suite && name !== 'libvulkan1' ? `${name}/${suite}` : name))
  apt(['download', '-q', ...names])
  const debs = join(work, 'debs')
  for (const file of readdirSync(debs)) {
    execFileSync('dpkg', ['-x', join(debs, file), target])
    rmSync(join(debs, file))
  }
}

/** First library that the driver still misses, or null. */
function unresolved(folder) {
  const listing = execFileSync('ldd', [join(folder, 'libvulkan_lvp.so')], {
    encoding: 'utf8',
    env: { ...process.env, LD_LIBRARY_PATH: folder },
  })
  return /(\S+) => not found/.exec(listing)?.[1] ?? null
}
