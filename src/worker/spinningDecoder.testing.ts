import './decoding.worker'

/** The channel on which it says that it is about to spin. */
export type SpinningChannel = 'spinning'

/** For tests alone: the decoding worker, which never comes back from a file that is named "endless". */
self.addEventListener('message', ({ data }) => {
  if (!data.request?.path?.includes('endless')) return
  // Granted after the lock by which others see that it lives.
  void navigator.locks.request('spinning', () => {
    new BroadcastChannel('spinning' satisfies SpinningChannel).postMessage('')
    for (;;);
  })
})
