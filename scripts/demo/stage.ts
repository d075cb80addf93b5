/** How the demo talks: headings, narration, and what each side says. */
const colour = Deno.stdout.isTerminal() && !Deno.noColor;

function paint(code: number, text: string): string {
  return colour ? `\x1b[${code}m${text}\x1b[0m` : text;
}

export function heading(title: string, explanation: string): void {
  console.log(`\n${paint(1, `── ${title} `)}${paint(2, `· ${explanation}`)}`);
}

export function say(text: string): void {
  console.log(text);
}

/** One line of somebody's: the agent, the server's answer, the firewall's own word. */
export function line(who: "agent" | "answer" | "firewall" | "terminal", text: string): void {
  const marks = {
    agent: paint(36, "agent    →"),
    answer: paint(32, "answer   ←"),
    firewall: paint(33, "firewall ·"),
    terminal: paint(35, "terminal $"),
  };
  console.log(`  ${marks[who]} ${text}`);
}

/** Text cut to something that fits a line. */
export function short(text: string, length = 150): string {
  const flat = text.replaceAll(/\s*\n\s*/g, " ⏎ ");
  return flat.length > length ? `${flat.slice(0, length - 1)}…` : flat;
}
