/** Where tests run, by the ending of their file: the include and exclude patterns of the projects in vitest.config.ts. */

/**
 * GPU tests that run in Chromium as well as in Node. Both are WebGPU by way of Dawn, so that a second run of every test
 * would show the same; what may differ is the version of Dawn, its shader compiler and its limits. Here are therefore
 * each kernel and operation, the losses, the optimiser and one network of each family. Training, rounds and models
 * run in Chromium by `*.browser.test.ts`, through the studio's own workers.
 */
export const ALSO_IN_CHROMIUM = [
  'src/engine/gpu/**/*.gpu.test.ts',
  'src/engine/nn/ops/*.gpu.test.ts',
  'src/engine/nn/optimiser/*.gpu.test.ts',
  'src/engine/training/losses/*.gpu.test.ts',
  'src/engine/models/networks.gpu.test.ts',
]

export const PLACES = {
  node: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['src/**/*.{gpu,dawn,scheduler,browser}.test.ts'],
  },
  dawn: { include: ['src/**/*.{gpu,dawn}.test.ts'], exclude: [] },
  // Waits for a batch system more than it computes: beside the others it costs hardly any time.
  scheduler: { include: ['src/**/*.scheduler.test.ts'], exclude: [] },
  chromium: { include: ['src/**/*.browser.test.ts', ...ALSO_IN_CHROMIUM], exclude: [] },
} satisfies Record<string, { include: string[]; exclude: string[] }>
