import { ConfigurationError, config } from '@/lib/config/config'
import { closeDatabase, openDatabase } from '@/lib/db/database'
import { findPendingMigrations } from '@/lib/db/migrate'
import { type Command, commands } from '@/server/commands'

/** Entry point of the command line: `npm run vestibule -- <command>`. */
async function main(): Promise<number> {
  const [name = 'help', ...words] = process.argv.slice(2)
  const command: Command | undefined = commands[name]
  if (!command || words.length < command.words.length) {
    const list = Object.entries(commands).map(
      ([key, { words: w, text }]) => `  ${[key, ...w.map((x) => `<${x}>`)].join(' ').padEnd(44)}${text}`,
    )
    if (command) process.stderr.write(`${name} needs ${command.words.map((x) => `<${x}>`).join(' ')}.\n`)
    else if (name !== 'help') process.stderr.write(`There is no command ${name}.\n`)
    process.stdout.write(`Commands:\n${list.join('\n')}\n`)
    return name === 'help' ? 0 : 2
  }
  config()
  await openDatabase({ joinRunning: true })
  try {
    if (name !== 'migrate' && (await findPendingMigrations()).length > 0)
      throw new Error('This database is not ready: run "npm run migrate" first, or name the right one.')
    process.stdout.write(`${await command.run(words)}\n`)
    return 0
  } finally {
    await closeDatabase()
  }
}

main().then(
  (code) => process.exit(code),
  (fault: unknown) => {
    process.stderr.write(
      `${fault instanceof ConfigurationError || fault instanceof Error ? fault.message : String(fault)}\n`,
    )
    process.exit(1)
  },
)
