import { defineConfig } from '@playwright/test'
import { chromiumLaunchOptions } from './scripts/browser.mjs'

const PORT = Number(process.env.SCARP_E2E_PORT ?? 4917)

/** The built app (`dist/app`, from `vite build`) in a real Chromium; one worker: the software adapter has both cores already. */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  reporter: [['list']],
  timeout: 20 * 60_000,
  expect: { timeout: 30_000 },
  use: {
    baseURL: `http://localhost:${PORT}`,
    viewport: { width: 1280, height: 800 },
    launchOptions: chromiumLaunchOptions(),
    acceptDownloads: true,
    actionTimeout: 60_000,
    trace: 'off',
    screenshot: 'only-on-failure',
  },
  webServer: {
    command: `npx vite preview --port ${PORT} --strictPort`,
    cwd: import.meta.dirname,
    port: PORT,
    reuseExistingServer: false,
    timeout: 60_000,
  },
})
