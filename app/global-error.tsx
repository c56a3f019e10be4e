'use client'

import type { ReactNode } from 'react'

/** The frame itself broke: no words of ours can be reached, so both languages are said at once. */
export default function FrameProblem(): ReactNode {
  return (
    <html lang="en">
      <head>
        <title>That did not work · Eso no funcionó</title>
        <link rel="stylesheet" href="/plain.css" />
      </head>
      <body>
        <main>
          <h1>That did not work</h1>
          <p>Something went wrong on our side. Please try again.</p>
          <p>
            <a href="/">Start again</a>
          </p>
          <div lang="es">
            <h2>Eso no funcionó</h2>
            <p>Algo salió mal de nuestro lado. Intente de nuevo.</p>
            <p>
              <a href="/">Volver a empezar</a>
            </p>
          </div>
        </main>
      </body>
    </html>
  )
}
