/** Text of `--memory` for a command's help. */
export const MEMORY_HELP = [
  '  --memory <MB>          GPU memory for training: the largest micro-batch that fits every network, accumulated to an',
  '                         effective batch of 16 (in the place of --micro-batch and --accumulate)',
] as const
