// Interrupts a command of Scarp (SIGINT) at one moment after the other and prints how long it took to end, by the clock and in
// CPU time, which other programs beside it do not lengthen. Needs Linux.
// Usage: node scripts/measure-cancel.mjs [--at 'Looking at' --at Sampling ..., texts of its log; the command is started for each] [--after 1500, milliseconds from the text to the signal] -- predict <files> --out <folder> ...
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
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
  const { milliseconds, cpu, code, seen } = await interrupted(text)
  if (milliseconds === null) console.log(`"${text}": not seen, the command ended before with ${code}`)
  else
    console.log(
      `"${text}": ended ${milliseconds} ms after the signal, ${cpu} ms of CPU, with ${code}, at: ${seen}`,
    )
}

/** @returns from the signal to the end of the process; null: the text never came */
function interrupted(text) {
  return new Promise(done => {
    const child = spawn(process.execPath, [scarp, ...positionals], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own, as a terminal has it: Ctrl-C reaches all of it.
      detached: true,
    })
    let [log, sent, watch] = ['', null, null]
    child.stderr.setEncoding('utf8').on('data', part => {
      const before = log
      log += part
      if (!before.includes(text) && log.includes(text)) setTimeout(interrupt, Number(values.after))
    })
    const interrupt = () => {
      if (child.exitCode !== null) return
      const cpu = cpuOf(child.pid)
      sent = { at: performance.now(), log, cpu: () => last - cpu }
      let last = cpu
      watch = setInterval(() => {
        last = Math.max(last, cpuOf(child.pid))
      }, 10)
      process.kill(-child.pid, 'SIGINT')
    }
    child.on('exit', code => {
      clearInterval(watch)
      const milliseconds = sent && Math.round(performance.now() - sent.at)
      done({ milliseconds, cpu: sent?.cpu(), code, seen: sent?.log.trimEnd().split('\n').at(-1) })
    })
  })
}

/** CPU milliseconds of a process group so far. */
function cpuOf(group) {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
      if (Number(fields[2]) === group) ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks * 10
}
