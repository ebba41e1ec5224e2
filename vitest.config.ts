import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { chromiumLaunchOptions } from './scripts/browser.mjs'
import { parityCommands } from './scripts/parity-commands.mjs'
import { PLACES } from './scripts/testPlaces.ts'

/**
 * TensorFlow.js ships extensionless ES modules that Node cannot load itself: Vite serves them for tests, and bundles what
 * can be bundled beforehand. Hundreds of modules would else cost each file of tests a second. The glue of the WASM backend
 * is written for CommonJS and stays as it is.
 */
const tensorFlow = {
  server: { deps: { inline: [/@tensorflow\//] } },
  deps: {
    optimizer: {
      ssr: {
        enabled: true,
        include: [
          '@tensorflow/tfjs-core',
          '@tensorflow/tfjs-core/dist/register_all_gradients',
          '@tensorflow/tfjs-backend-webgpu',
          '@tensorflow/tfjs-backend-cpu',
        ],
      },
    },
  },
}

/** On a busy machine what takes milliseconds may take seconds: only what never comes fails (`eventually` waits as long). */
const patience = { expect: { poll: { timeout: 30_000 } } }

/**
 * Of this checkout, since several may share their packages, and what is bundled depends on where they lie; of the project
 * alone, since two may start at once.
 */
const cacheDir = (project: string) => `.cache/vite/${project}`

export default defineConfig({
  test: {
    // On a busy machine, bundling the browser's dependencies for the first time takes minutes.
    browser: { connectTimeout: 600_000 },
    projects: [
      {
        cacheDir: cacheDir('node'),
        test: {
          name: 'node',
          environment: 'node',
          // One process for many files: most of the time of a small test went into starting and importing.
          isolate: false,
          unstubGlobals: true,
          ...PLACES.node,
          setupFiles: ['scripts/testSetup.ts'],
          ...tensorFlow,
          ...patience,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // WebGPU in Node through Dawn; one process at a time, since two cores share one software adapter.
        cacheDir: cacheDir('dawn'),
        test: {
          name: 'dawn',
          environment: 'node',
          ...PLACES.dawn,
          setupFiles: ['scripts/testSetup.ts', 'src/engine/gpu/node/dawnSetup.ts'],
          ...tensorFlow,
          ...patience,
          pool: 'forks',
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        cacheDir: cacheDir('scheduler'),
        test: {
          name: 'scheduler',
          environment: 'node',
          ...PLACES.scheduler,
          setupFiles: ['scripts/testSetup.ts'],
          fileParallelism: false,
        },
      },
      {
        // Named here, since a dependency found in the middle of a test reloads the page under it.
        optimizeDeps: {
          include: [
            '@cornerstonejs/codec-openjpeg/decodewasmjs',
            '@tensorflow/tfjs-core',
            '@tensorflow/tfjs-core/dist/register_all_gradients',
            '@tensorflow/tfjs-backend-webgpu',
            '@tensorflow/tfjs-backend-cpu',
            '@tensorflow/tfjs-backend-wasm',
            'geotiff',
            'h5wasm',
            'client-zip',
            'd3-scale-chromatic',
            'lucide-react',
            'pako',
            'proj4',
            'geotiff-geokeys-to-proj4',
            'saxes',
            'sql.js/dist/sql-wasm-inline.js',
            'react',
            'react-aria-components',
            'react-dom/client',
            'react/jsx-dev-runtime',
            'zustand',
            'zustand/vanilla',
            'fflate',
            'idb',
            'zod',
            'pure-rand/distribution/uniformFloat64',
            'pure-rand/distribution/uniformInt',
            'pure-rand/generator/xoroshiro128plus',
          ],
        },
        test: {
          name: 'chromium',
          ...PLACES.chromium,
          ...patience,
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: chromiumLaunchOptions() }),
            instances: [{ browser: 'chromium' }],
            commands: parityCommands,
          },
        },
      },
    ],
  },
})
