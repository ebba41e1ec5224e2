// Measures a scene as `scarp predict` takes it: seconds a megapixel by stage, and how far the samples that stand for its
// statistics lie from the whole. Times are CPU seconds of the process, threads counted in.
// Usage: node scripts/measure-scene.mjs <sources...> --dem <file> [--models <dir>] [--rows 448] [--whole] [--finer 8]
//   --rows   rows of the scene that are read, predicted and written
//   --whole  compares the samples with the statistics of the whole scene, which decodes all of it
//   --finer  with --whole: samples of a scene this many times as large, each made smaller by as much
import { spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleForNode } from './bundle-cli.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const entry = await bundleForNode(root, 'measure-scene', {
  main: 'scripts/measureScene.ts',
  decoding: 'src/cli/decoding.ts',
})
const env = { ...process.env, SCARP_ROOT: root }
spawn(process.execPath, ['--no-warnings', entry, ...process.argv.slice(2)], { stdio: 'inherit', env }).on(
  'exit',
  code => process.exit(code ?? 1),
)
