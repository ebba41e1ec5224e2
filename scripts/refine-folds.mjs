// What rounds of refinement are worth on real patches that no network learned from. For each fold of a run of
// `scarp crossvalidate`: refine with the other folds as source, and with this fold and the unlabelled patches as target.
// Usage: node scripts/refine-folds.mjs --folds <crossvalidate's out>/runs.json --l4s <dir> --unlabelled <dir> --out <dir>
//          [-- options of scarp refine]
// Prints F1 by round, pooled over the folds. A finished fold is read, not run again.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const split = process.argv.indexOf('--', 2)
const own = split < 0 ? process.argv.slice(2) : process.argv.slice(2, split)
const passed = split < 0 ? [] : process.argv.slice(split + 1)
const text = { type: 'string' }
const { values } = parseArgs({ args: own, options: { folds: text, l4s: text, unlabelled: text, out: text } })
for (const name of ['folds', 'l4s', 'unlabelled', 'out']) {
  if (!values[name]) throw new Error(`--${name} is missing; the first lines of this file say what it takes.`)
}

const runs = JSON.parse(readFileSync(values.folds, 'utf8'))
const folds = runs.filter(({ seed }) => seed === runs[0].seed).map(({ patches }) => patches)
const files = walk(values.l4s)
const scarp = fileURLToPath(new URL('../src/cli/scarp.mjs', import.meta.url))

/** By round: true and false positives, false negatives over all folds. */
const pooled = []
for (const [index, fold] of folds.entries()) {
  const place = join(resolve(values.out), `fold-${index + 1}`)
  const report = join(place, 'run/report.json')
  if (!existsSync(report)) {
    rmSync(place, { recursive: true, force: true })
    for (const file of files) {
      const side = fold.includes(nameOf(file)) ? 'target' : 'source'
      const folder = join(place, side, file.includes('mask') ? 'mask' : 'img')
      mkdirSync(folder, { recursive: true })
      copyFileSync(file, join(folder, file.split('/').at(-1)))
    }
    for (const file of walk(values.unlabelled)) {
      copyFileSync(file, join(place, 'target/img', `unlabelled_${file.split('/').at(-1)}`))
    }
    const args = ['refine', '--source', join(place, 'source'), '--target', join(place, 'target')]
    const { status } = spawnSync('node', [scarp, ...args, '--out', join(place, 'run'), ...passed], {
      stdio: 'inherit',
    })
    if (status !== 0) throw new Error(`Fold ${index + 1} ended with ${status}.`)
  }
  const { rounds } = JSON.parse(readFileSync(report, 'utf8'))
  for (const [turn, { targetScores }] of rounds.entries()) {
    pooled[turn] ??= { folds: 0, truePositive: 0, falsePositive: 0, falseNegative: 0 }
    pooled[turn].folds += 1
    for (const key of ['truePositive', 'falsePositive', 'falseNegative'])
      pooled[turn][key] += targetScores[key]
    console.log(
      `fold ${index + 1} (${fold.join(', ')}), round ${turn + 1}: F1 ${(100 * targetScores.f1).toFixed(1)}`,
    )
  }
}
for (const [turn, { folds: count, truePositive, falsePositive, falseNegative }] of pooled.entries()) {
  const f1 = (200 * truePositive) / (2 * truePositive + falsePositive + falseNegative)
  console.log(`round ${turn + 1}, ${count} folds pooled: F1 ${f1.toFixed(1)}`)
}

function nameOf(file) {
  return /([^/]+)\.h5$/.exec(file)[1].replace(/^mask/, 'image')
}

/** Its .h5 files. */
function walk(folder) {
  return readdirSync(folder, { recursive: true })
    .filter(name => name.endsWith('.h5'))
    .map(name => join(folder, name))
}
