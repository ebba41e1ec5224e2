/** An init script. The engine saves a round every 20 seconds; by the option that its calls have for tests, after each step. */
export function saveEachStep(): void {
  const post = Worker.prototype.postMessage
  Worker.prototype.postMessage = function (this: Worker, ...sent: unknown[]) {
    const [message] = sent as [{ method?: string; request: { saveEverySeconds?: number } } | null]
    if (/^(start|resume)Round$/.test(message?.method ?? '')) message!.request.saveEverySeconds = 0
    Reflect.apply(post, this, sent)
  }
}
