import { defineConfig } from '@playwright/test'
import base from '../../playwright.config'

/** Kills of the whole browser, by hand: npx playwright test --config e2e/kills/playwright.config.ts */
export default defineConfig({
  ...base,
  testDir: '.',
  testMatch: 'killBrowser.ts',
  outputDir: '../../test-results/kills-run',
  timeout: 60 * 60_000,
})
