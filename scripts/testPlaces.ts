/** Where tests run, by the ending of their file: the include and exclude patterns of the projects in vitest.config.ts. */

/**
 * GPU tests that run in Chromium as well as in Node. Both are WebGPU by way of Dawn, so that a second run of every test
 * would show the same; what may differ is the version of Dawn, its shader compiler and its limits. Here is therefore how a
 * device starts, refuses, loses and compiles. Every kernel, one network of each family and a step of training run in Chromium
 * by the self-test (`e2e/selftest.spec.ts`; `KERNEL_CASES` is held to be every kernel), the peers' fixtures by
 * `cases.browser.test.ts`, rounds and models by other `*.browser.test.ts`, through the studio's own workers.
 */
export const ALSO_IN_CHROMIUM = ['src/engine/gpu/*.gpu.test.ts', 'src/engine/gpu/kernels/kernel.gpu.test.ts']

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
