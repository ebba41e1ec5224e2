// Builds the studio as it is deployed: dist/app with the licences of what it contains, a bill of materials, what hosts
// look for (deploy/site), and beside it dist/SHA256SUMS. The same commit gives the same bytes.
// Usage: npm run build; check a copy with: cd dist && sha256sum --check SHA256SUMS
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const app = join(dist, 'app')

await build({ root, logLevel: 'warn' })
cpSync(join(root, 'deploy/site'), app, { recursive: true })
writeFileSync(join(app, 'sbom.cdx.json'), billOfMaterials())
writeFileSync(join(app, 'licenses.txt'), licenses())
const sums = readdirSync(app, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(entry => join(entry.parentPath, entry.name))
  .sort()
  .map(file => `${sha256(readFileSync(file))}  ${relative(dist, file)}\n`)
writeFileSync(join(dist, 'SHA256SUMS'), sums.join(''))
console.log(`dist/app: ${sums.length} files. SHA-256 of dist/SHA256SUMS: ${sha256(sums.join(''))}`)

/** CycloneDX, of the packages that may be in the build, without what differs from run to run. */
function billOfMaterials() {
  const args = ['sbom', '--package-lock-only', '--omit', 'dev', '--sbom-format', 'cyclonedx']
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 1e8 })
  if (status !== 0) throw new Error(`npm wrote no bill of materials: ${stderr}`)
  const { serialNumber: _, ...bill } = JSON.parse(stdout)
  const { timestamp: __, tools: ___, ...metadata } = bill.metadata
  metadata.component.name = 'scarp'
  return `${JSON.stringify({ ...bill, metadata }, null, 1)}\n`
}

/** Of every package that may be in the build, its licence's text where it ships one, and ours. */
function licenses() {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const shipped = Object.entries(packages).filter(
    ([path, { dev, optional, link }]) => path !== '' && !dev && !optional && !link,
  )
  if (shipped.length < 20) throw new Error('package-lock.json names too few packages to be true.')
  const parts = shipped.map(([path, { version, license }]) => {
    const texts = readdirSync(join(root, path))
      .filter(name => /^(licen[cs]e|copying|notice|ofl)/i.test(name))
      .sort()
      .map(name => readFileSync(join(root, path, name), 'utf8').trim())
    return [
      `${path.split('node_modules/').at(-1)} ${version} (${license ?? 'no licence named'})`,
      ...texts,
    ].join('\n\n')
  })
  const own = `Scarp\n\n${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}`
  return `${[own, ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/** @param {string | Buffer} bytes */
function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}
