// Times one prediction on WASM with one thread and with several, side by side in headless Chromium, by the clock: run it with
// nothing beside it. Prints whether the results have the same bits.
// Usage: node scripts/measure-threads.mjs [--networks segformer-b0,segformer-b2,swin-tiny,efficientnetv2-s] [--size 512]
//          [--passes 2] [--threads 1,2] [--port 4793]
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from '@playwright/test'
import { build, preview } from 'vite'
import { chromiumLaunchOptions } from './browser.mjs'

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: 'segformer-b0,segformer-b2,swin-tiny,efficientnetv2-s' },
    size: { type: 'string', default: '512' },
    passes: { type: 'string', default: '2' },
    threads: { type: 'string', default: '1,2' },
    port: { type: 'string', default: '4793' },
  },
})
const configFile = join(import.meta.dirname, 'wasmThreads/vite.config.ts')
const port = Number(values.port)
await build({ configFile })
const server = await preview({ configFile, preview: { port, strictPort: true } })
const browser = await chromium.launch({ headless: true, ...chromiumLaunchOptions() })
try {
  const page = await browser.newPage()
  page.on('pageerror', error => console.error(error.message))
  await page.goto(`http://localhost:${port}/`)
  const counts = values.threads.split(',').map(Number)
  console.log(
    `${values.size} x ${values.size} x 14, seconds by the clock, the least of ${values.passes} passes`,
  )
  for (const preset of values.networks.split(',')) {
    const reports = []
    for (const threads of counts) {
      const request = { threads, preset, size: Number(values.size), passes: Number(values.passes) }
      const report = await page.evaluate(given => window.measure(given), request)
      reports.push(report)
      console.log(
        `${preset.padEnd(18)} ${report.adapter.padEnd(22)} ${report.seconds.toFixed(2).padStart(6)}`,
      )
    }
    const isSame = reports.every(({ digest }) => digest === reports[0].digest)
    console.log(`${preset.padEnd(18)} ${isSame ? 'the same bits' : 'OTHER BITS'}`)
  }
} finally {
  await browser.close()
  await server.close()
}
