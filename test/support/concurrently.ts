/** Runs tasks with at most `width` of them at work at a time; the results are in the order of the tasks. */
export async function concurrently<Result>(
  tasks: readonly (() => Promise<Result>)[],
  width: number,
): Promise<Result[]> {
  const results = new Array<Result>(tasks.length);
  const queue = [...tasks.entries()].reverse();
  const worker = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) results[next[0]] = await next[1]();
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** The same task, many times. */
export const times = <Task>(count: number, task: (index: number) => Task): Task[] =>
  Array.from({ length: count }, (_, index) => task(index));
