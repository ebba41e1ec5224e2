import { defineConfig } from '@playwright/test'
import base from '../../playwright.config'

/** The run of scripts/pictures.mjs: no test, but the same browser, server and helpers as the tests have. */
export default defineConfig({
  ...base,
  testDir: '.',
  testMatch: 'takePictures.ts',
  outputDir: '../../test-results/pictures-run',
  timeout: 40 * 60_000,
})
