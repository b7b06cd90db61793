/** Runs tasks with at most `width` at the same time. @returns the results in the order of the tasks */
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

/** Repeats a task. */
export const times = <Task>(count: number, task: (index: number) => Task): Task[] =>
  Array.from({ length: count }, (_, index) => task(index));
