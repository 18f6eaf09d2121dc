// The first view of a report on several customers: one row each.

function showIndex(model) {
  const isShown = customerInView(model) === null && model.customers.length > 1;
  byId("index").hidden = !isShown;
  byId("index").replaceChildren(...(isShown ? [table({
    title: "Customers", columns: ["Customer", "When", "Sessions", "Pages", "Active", "Offers", "Outcomes"], first: 100,
    items: model.customers, cells: (customer) => indexCells(model, customer),
  })] : []));
}

function indexCells(model, customer) {
  const { sessions } = customer;
  const { who, identity } = whoIs(model, customer);
  const rows = sessions.flatMap((session) => session.rows);
  const [when] = whenOf(sessions);
  const place = traitsOf(sessions)[0];
  const offers = offersTile(sessions);
  const outcomes = outcomesTile(model, rows);
  const active = roughly(sum(sessions.map((session) => session.active)));
  return [
    element("div", {}, viewLink(isolated(who), { customer: customer.number }, { class: "link name" }), element("div", { class: "dim" }, ...separated([identity, place]))),
    when, numeric(figure(sessions.length)), numeric(figure(sum(sessions.map((session) => session.views)))), numeric(active),
    figureWithNote(offers), figureWithNote(outcomes),
  ];
}

const figureWithNote = ({ figure, note, style }) => element("div", {}, element("b", { class: style ?? "" }, figure), " ", element("span", { class: "dim" }, isolated(note)));
