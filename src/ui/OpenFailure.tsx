import { Button } from 'react-aria-components'

/** The project itself could not be opened: say why, and what can be done. */
export function OpenFailure({ message }: { message: string }) {
  return (
    <main className="open-failure">
      <h1>The project could not be opened</h1>
      <p role="alert">{message}</p>
      <p className="dim">
        Scarp keeps its project in this browser's own storage. A private window, a full disk or another tab
        that holds the project can stand in the way. Nothing was deleted.
      </p>
      <Button className="button button-primary" onPress={() => location.reload()}>
        Try again
      </Button>
    </main>
  )
}
