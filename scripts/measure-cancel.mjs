// Interrupts a command of Scarp (SIGINT) at one moment after the other and prints how long it took to end.
// Usage: node scripts/measure-cancel.mjs [--at 'Looking at' --at Sampling ..., texts of its log; the command is started for each] [--after 1500, milliseconds from the text to the signal] -- predict <files> --out <folder> ...
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const scarp = resolve(import.meta.dirname, '../src/cli/scarp.mjs')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    at: { type: 'string', multiple: true, default: ['Looking at', 'Reading files', 'Sampling', 'indow'] },
    after: { type: 'string', default: '1500' },
  },
})
if (positionals.length === 0) throw new Error('The command is missing; the first lines of this file say how.')

for (const text of values.at) {
  const { milliseconds, code, seen } = await interrupted(text)
  if (milliseconds === null) console.log(`"${text}": not seen, the command ended before with ${code}`)
  else console.log(`"${text}": ended ${milliseconds} ms after the signal with ${code}, at: ${seen}`)
}

/** @returns from the signal to the end of the process; null: the text never came */
function interrupted(text) {
  return new Promise(done => {
    const child = spawn(process.execPath, [scarp, ...positionals], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own, as a terminal has it: Ctrl-C reaches all of it.
      detached: true,
    })
    let [log, sent] = ['', null]
    child.stderr.setEncoding('utf8').on('data', part => {
      const before = log
      log += part
      if (!before.includes(text) && log.includes(text)) setTimeout(interrupt, Number(values.after))
    })
    const interrupt = () => {
      if (child.exitCode !== null) return
      sent = { at: performance.now(), log }
      process.kill(-child.pid, 'SIGINT')
    }
    child.on('exit', code => {
      const milliseconds = sent && Math.round(performance.now() - sent.at)
      done({ milliseconds, code, seen: sent?.log.trimEnd().split('\n').at(-1) })
    })
  })
}
