#include "report/page.hpp"

namespace learningplane::report {

std::string_view phases_page_template() {
  return R"page(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>learningplane phases</title>
<style>
@LOOKS@
td.cell{text-align:center;min-width:52px}.dense td.cell{min-width:0;padding:4px 3px;font-size:12px}.matrix th:first-child{text-align:right}.matrix{width:auto}
</style></head><body><main>
<h1 id="title"></h1><p class="sub" id="sub"></p><div class="tiles" id="tiles"></div>
<h2>The series and its phases</h2><p class="legend" id="phasekey"></p>
<p class="note"><span id="pick">sequence <select id="sequence"></select> </span><span id="seriesnote"></span></p><div id="series"></div>
<h2>How usage lies in each phase</h2><p class="note">box p25 to p75 with the median, line p05 to p95, tick p99, dot the mean; the number of values and the maximum stand in the hover text</p><div class="two" id="boxes"></div>
<h2>How long a stay lasts</h2><p class="note">logarithmic; uninterrupted rows of one phase, the last one of a sequence for one more usual step</p><div class="panel" id="durations"></div>
<div class="two"><div><h2>Which phase follows which</h2><p class="note" id="graphnote">circles: share of the rows; arrows: when a phase is left, how often for which</p><div class="panel" id="graph"></div></div>
<div><h2>Chance of the next row's phase</h2><p class="note">from the row's phase to the column's, staying included; – : nothing ever came after</p><div class="panel" id="matrix"></div></div></div>
<h2 id="whyhead"></h2><p class="sub" id="why"></p><div class="two" id="choice"></div>
<div id="nextpart"><h2>How well the next phase is foreseen</h2><p class="note">learned on the first half of each sequence, judged on the second. A change is foreseen where the likeliest phase is not the present one, and right where that one comes.</p><div class="panel" id="next"></div></div>
<h2>All figures</h2><div class="panel" id="all"></div>
<p class="sub" id="foot"></p></main><div id="tip"></div>
<script id="data" type="application/json">@DATA@</script>
<script>
@FIGURES@
const S=D.statistics,P=S.phases,k=P.length,F0=S.features;
const name=p=>`phase ${p}`;
$('title').textContent=`Phases of ${D.source}`;
$('sub').textContent=`by ${F0.join(', ')}; ${D.mode}: each row with the ${n0(D.history)} before it; ${n0(D.hidden)} hidden units`+(D.why.model?`; phases of ${D.why.model}`:'');
$('tiles').innerHTML=tiles([['phases',n0(k)],['rows with a phase',n0(S.rows)],['rows without',n0(S.unknown)],['sequences',n0(S.sequences)],['changes of phase',n0(S.changes)]]);
$('phasekey').innerHTML=P.map((p,i)=>key(colour(i),`${name(i)} ${pct(p.share)}`,'box')).join('')+key('transparent','no ground: phase not known','box');
const shown=D.series;shown.forEach((s,i)=>$('sequence').append(new Option(`${s.name||'(no label)'}: ${n0(s.rows)} rows`,i)));$('pick').hidden=S.sequences<2;
function draw(){const s=shown[+$('sequence').value];$('series').innerHTML='';if(!s){$('seriesnote').textContent='no rows';return}
  const notes=[];if(s.thinned)notes.push('of so many rows the lowest and the highest of each moment are drawn');if(s.merged)notes.push('each ground is the phase that took most of its time');
  if(S.sequences>shown.length)notes.push(`the ${shown.length} longest of ${n0(S.sequences)} sequences can be drawn; all figures are of all`);$('seriesnote').textContent=notes.join('; ');
  const t0=Math.min(...s.features.map(f=>f.t[0])),t1=Math.max(...s.features.map(f=>f.t[f.t.length-1]),...s.bands.slice(-1).map(b=>b[1]));
  const at=t=>{let a=0,b=s.bands.length-1;while(a<=b){const m=(a+b)>>1,x=s.bands[m];if(t<x[0])b=m-1;else if(t>=x[1])a=m+1;else return name(x[2])}return 'not known'};
  s.features.forEach((f,j)=>{const h=150,v=f.v.filter(x=>x!==null),lo=Math.min(0,...v),hi=Math.max(...v,0),F=frame(W,h,[t0,t1],[lo,hi>lo?hi+.04*(hi-lo):lo+1],times(t0,t1),{ticks:4});
   let ground='',strip='';for(const[a,b,p]of s.bands){const x=F.X(a),w=Math.max(.4,F.X(b)-x);ground+=`<rect x="${x.toFixed(1)}" width="${w.toFixed(1)}" y="${T}" height="${h-B-T}" fill="${colour(p)}"/>`;strip+=`<rect x="${x.toFixed(1)}" width="${w.toFixed(1)}" y="${h-B-5}" height="5" fill="${colour(p)}"/>`}
   const e=document.createElement('div');e.className='panel';e.innerHTML=`<b>${esc(F0[j])}</b>`+svg(W,h,`<g opacity=".26">${ground}</g>`+F.s+strip+path(line(F,f.t,f.v),'var(--ink)',s.merged?.7:1.1,s.merged?'opacity=".6"':'')+(f.t.length<80?f.t.map((t,i)=>f.v[i]===null?'':`<circle cx="${F.X(t)}" cy="${F.Y(f.v[i])}" r="2" fill="var(--ink)"/>`).join(''):''),`${F0[j]} over time by phase`);
   $('series').append(e);hover(e,F,t=>{const i=nearest(f.t,t);return`${stamp(t)}\n${F0[j]} ${g3(f.v[i],4)}\n${at(t)}`})})}
$('sequence').onchange=draw;draw();
$('boxes').innerHTML=F0.map((f,j)=>`<div class="panel"><b>${esc(f)}</b>${boxes(540,P.map((p,i)=>({label:name(i),c:colour(i),d:p.usage[f]})),{fmt:x=>g3(x),label:`${f} by phase`})}</div>`).join('');
$('durations').innerHTML=boxes(W,P.map((p,i)=>({label:name(i),c:colour(i),d:p.duration_seconds})),{fmt:dur,log:true,label:'durations by phase'});
const N=S.transitions,sum=(r,skip=-1)=>r.reduce((a,b,j)=>a+(j===skip?0:b),0);
{const w=520,h=k>1?450:150,cx=w/2,cy=h/2,many=k>7,R=k>1?many?172:150:0,least=many?.08:.02,rad=P.map(p=>(many?11:13)+(many?28:40)*Math.sqrt(p.share||0)),pos=P.map((_,i)=>{const a=-Math.PI/2+2*Math.PI*i/k;return[cx+R*Math.cos(a),cy+R*Math.sin(a)]});
 let arrows='',texts='',hidden=0;for(let a=0;a<k;a++){const all=sum(N[a],a);if(!all)continue;for(let b=0;b<k;b++){if(a===b||!N[a][b])continue;const q=N[a][b]/all;if(q<least){hidden++;continue}
   const[x0,y0]=pos[a],[x1,y1]=pos[b],d=Math.hypot(x1-x0,y1-y0),ux=(x1-x0)/d,uy=(y1-y0)/d,nx=-uy,ny=ux,o=7,head=5+4*q,sx=x0+ux*(rad[a]+1)+nx*o,sy=y0+uy*(rad[a]+1)+ny*o,ex=x1-ux*(rad[b]+2)+nx*o,ey=y1-uy*(rad[b]+2)+ny*o,bow=16,mx=(sx+ex)/2+nx*bow,my=(sy+ey)/2+ny*bow;
   const tx=ex-mx,ty=ey-my,tl=Math.hypot(tx,ty),vx=tx/tl,vy=ty/tl,bx=ex-vx*head*1.6,by=ey-vy*head*1.6;
   arrows+=`<g opacity="${(.35+.6*q).toFixed(2)}"><title>${name(a)} to ${name(b)}: ${n0(N[a][b])} of ${n0(all)} (${pct(q)})</title><path d="M${sx.toFixed(1)} ${sy.toFixed(1)}Q${mx.toFixed(1)} ${my.toFixed(1)} ${bx.toFixed(1)} ${by.toFixed(1)}" fill="none" stroke="var(--soft)" stroke-width="${(.8+4*q).toFixed(1)}"/><path d="M${ex.toFixed(1)} ${ey.toFixed(1)}L${(bx-vy*head*.7).toFixed(1)} ${(by+vx*head*.7).toFixed(1)}L${(bx+vy*head*.7).toFixed(1)} ${(by-vx*head*.7).toFixed(1)}Z" fill="var(--soft)"/></g>`;
   if(q>=(many?.3:.05))texts+=`<text class="value" x="${(.52*sx+.4*mx+.08*ex).toFixed(1)}" y="${(.52*sy+.4*my+.08*ey+4).toFixed(1)}" text-anchor="middle" paint-order="stroke" stroke="var(--card)" stroke-width="3">${q.toFixed(2)}</text>`}}
 let nodes='';P.forEach((p,i)=>{const[x,y]=pos[i],stay=sum(N[i])?N[i][i]/sum(N[i]):null;nodes+=`<g><title>${name(i)}: ${n0(p.rows)} rows (${pct(p.share)}), ${n0(p.spells)} stays; the next row stays in ${pct(stay)}</title><circle cx="${x}" cy="${y}" r="${rad[i]}" fill="${colour(i)}"/><text x="${x}" y="${y+(rad[i]>22?-1:4)}" text-anchor="middle" style="fill:#fff;font-size:13px;font-weight:700">${i}</text>${rad[i]>22?`<text x="${x}" y="${y+13}" text-anchor="middle" style="fill:#fff">${pct(p.share,0)}</text>`:''}</g>`});
 $('graph').innerHTML=svg(w,h,arrows+nodes+texts,'transition graph');if(hidden)$('graphnote').textContent+=`; ${hidden} arrows under ${pct(least,0)} are left out`}
$('matrix').innerHTML=`<table class="matrix${k>8?' dense':''}"><thead><tr><th>from \\ to</th>${P.map((_,i)=>`<th style="text-align:center;color:${colour(i)}">${i}</th>`).join('')}</tr></thead><tbody>${N.map((r,a)=>{const all=sum(r);return`<tr><th style="color:${colour(a)}">${a}</th>${r.map((n,b)=>all?`<td class="cell" style="background:rgba(var(--heat),${(.55*n/all).toFixed(3)})" title="${n0(n)} of ${n0(all)}">${(n/all).toFixed(k>8?2:3)}</td>`:'<td class="cell">–</td>').join('')}</tr>`}).join('')}</tbody></table>`;
{const c=D.why.choice;$('whyhead').textContent=`Why ${n0(k)} phases`;
 $('why').textContent=c?c.reason:D.why.model?`The phases are those of ${D.why.model}.`:`k = ${k} was asked for.`;let out='';
 if(c){const xs=c.scores.map(s=>s.k);for(const[f,t]of[['silhouette','mean silhouette, higher is better'],['inertia','inertia: squared distances to the centres']]){const v=c.scores.map(s=>s[f]),known=v.filter(x=>x!==null);if(!known.length)continue;
   const lo=Math.min(0,...known),hi=Math.max(...known),F=frame(540,200,[xs[0]-.3,xs[xs.length-1]+.3],[lo,hi+.06*(hi-lo||1)],xs.map(x=>[x,x]));
   out+=`<div class="panel"><b>${t}</b>${svg(540,200,F.s+path(line(F,xs,v),'#2f6fde',1.8)+c.scores.map(s=>s[f]===null?'':`<circle cx="${F.X(s.k)}" cy="${F.Y(s[f])}" r="${s.k===c.k?6:3.5}" fill="${s.k===c.k?'#e07a1f':'#2f6fde'}"><title>k = ${s.k}: ${g3(s[f],4)}</title></circle>`).join(''),f)}</div>`}}
 if(D.training&&D.training.errors.length>1){const e=D.training.errors,F=frame(540,200,[1,e.length],[0,1.06*high(e)||1],nice(1,e.length,6).map(x=>[x,x]));out+=`<div class="panel"><b>training error of the RBM by epoch, last ${g3(e[e.length-1],4)}</b>${svg(540,200,F.s+path(line(F,e.map((_,i)=>i+1),e),'#1a9e77',1.8),'training error')}</div>`}
 $('choice').innerHTML=out}
$('nextpart').hidden=!D.next.length;
if(D.next.length){const n=D.next[0],rows=D.next.map(s=>[esc(s.method),n0(s.rows),pct(s.accuracy),n0(s.changes),n0(s.foreseen),n0(s.right),pct(s.precision),pct(s.recall),no(s.f1)?'–':s.f1.toFixed(3),g3(s.log_loss)]);
 rows.push(['stays as it is',n0(n.rows),pct(n.rows?1-n.changes/n.rows:null),n0(n.changes),'0','0','–',n.changes?pct(0):'–','–','–']);
 $('next').innerHTML=table(['method','rows','accuracy','changes','foreseen','right','precision','recall','F1','log loss'],rows)}
$('all').innerHTML=table(['phase','rows','share','stays','stay, median','stay, p95',...F0.flatMap(f=>[`${f}: median`,'p95','max'])],P.map((p,i)=>[`<b style="color:${colour(i)}">${i}</b>`,n0(p.rows),pct(p.share),n0(p.spells),dur(p.duration_seconds.median),dur(p.duration_seconds.p95),...F0.flatMap(f=>['median','p95','max'].map(q=>g3(p.usage[f][q],4)))]));
$('foot').textContent='Every figure is of rows whose phase is known.'+(D.training&&D.training.constant.length?` ${D.training.constant.join(', ')} never changed while the phases were learned and tells nothing.`:'');
</script></body></html>
)page";
}

}  // namespace learningplane::report
