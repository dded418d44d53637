// HTML that was made and escaped on the server, as it is (see markup.py).
window.leadger_audit = {
  Markup: (props) => React.createElement("div", { dangerouslySetInnerHTML: { __html: props.html } }),
};
